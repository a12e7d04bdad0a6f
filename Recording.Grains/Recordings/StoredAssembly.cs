using System.IO.Pipelines;
using Recording.Grains.Recordings.State;
using Recording.Media.TrackFiles;
using Recording.Model;
using Recording.Model.Documents;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>Assembles from the object store into the object store, with memory for a few blocks and one part of the upload.</summary>
internal sealed class StoredAssembly(IObjectStore store) : IAssemblyRun
{
    private const long PauseAtBytes = 1 << 20;

    /// <summary>Few and large: the shared pool keeps so many of them, of small ones most would become garbage.</summary>
    private const int PipeSegmentBytes = 64 << 10;

    /// <inheritdoc />
    public async Task<AssembledTrack?> RunAsync(AssemblyRequest request, CancellationToken cancellationToken)
    {
        using var span = RecordingTrace.StartForKey("track.assemble", request.Prefix)?.SetTag("track.id", request.TrackId);
        var folder = RecordingKeys.Segments(request.Prefix, request.TrackId);
        SegmentEntry? current = null;
        List<SegmentSource> sources = [];
        foreach (var entry in request.Segments)
        {
            if (!SegmentKey.TryParse(entry.Name, out var key))
            {
                throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"'{entry.Name}' in the list of {request.TrackId} is no segment.");
            }

            if (entry.IsDamaged)
            {
                // Few and small enough to be held: only what a checksum refused comes this way.
                sources.AddRange(await SegmentSalvage.ReadAsync(store, folder + entry.Name, key, cancellationToken));
                continue;
            }

            sources.Add(new SegmentSource(key, OpenAsync, entry.Size));

            async Task<Stream?> OpenAsync(CancellationToken token)
            {
                current = entry;
                return (await store.GetAsync(folder + entry.Name, cancellationToken: token))?.Content ?? throw new SegmentMissingException(entry.Name);
            }
        }

        if (request.Base is { } whole)
        {
            sources = await JoinAsync(request, whole, sources, () => current = null, cancellationToken);
        }

        if (sources.Count == 0)
        {
            return null;
        }

        try
        {
            return Counted(request.File, await StreamAsync(request.Prefix + request.File, sources, cancellationToken));
        }
        catch (RecordingException e) when (e.Code == RecordingErrorCode.IntegrityCheckFailed && current is not null)
        {
            throw new SegmentDamagedException(current.Name, e);
        }
        catch (RecordingException e) when (e.Code == RecordingErrorCode.IntegrityCheckFailed && request.Base is { } damaged)
        {
            throw new BaseDamagedException(damaged.File, "cannot be read", e);
        }
    }

    /// <summary>The base file's runs and the late segments, epochs in the order in which they began.</summary>
    private async Task<List<SegmentSource>> JoinAsync(
        AssemblyRequest request, TrackBase whole, List<SegmentSource> late, Action opensBase, CancellationToken cancellationToken)
    {
        var folder = RecordingKeys.Segments(request.Prefix, request.TrackId);
        var runs = await CompleteTrack.ReadAsync(store, request.Prefix, whole, opensBase, cancellationToken);
        Dictionary<ulong, long> starts = [];
        foreach (var run in runs)
        {
            starts.TryAdd(run.Source.Key.Epoch, run.StartUs);
        }

        foreach (var segment in late)
        {
            if (!starts.ContainsKey(segment.Key.Epoch))
            {
                starts[segment.Key.Epoch] = await EpochOrder.StartOfAsync(store, folder + segment.Key.FileName, cancellationToken);
            }
        }

        return [.. runs.Select(static r => r.Source).Concat(late).OrderBy(s => starts[s.Key.Epoch]).ThenBy(static s => s.Key.Epoch)];
    }

    private async Task<AssemblyResult> StreamAsync(string key, IReadOnlyList<SegmentSource> sources, CancellationToken cancellationToken)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: PauseAtBytes, resumeWriterThreshold: PauseAtBytes / 2, minimumSegmentSize: PipeSegmentBytes, useSynchronizationContext: false));
        var upload = UploadAsync(key, pipe.Reader, linked);
        try
        {
            var result = await TrackAssembler.AssembleAsync(sources, pipe.Writer.AsStream(leaveOpen: true), linked.Token);
            await pipe.Writer.CompleteAsync();
            await upload;
            return result;
        }
        catch (Exception e)
        {
            // The upload sees the fault instead of an end, so nothing becomes visible under the key.
            await pipe.Writer.CompleteAsync(e);
            await upload.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (linked.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                await upload;
            }

            throw;
        }
    }

    private async Task UploadAsync(string key, PipeReader reader, CancellationTokenSource linked)
    {
        try
        {
            await store.PutStreamingAsync(key, reader.AsStream(leaveOpen: true), linked.Token);
            await reader.CompleteAsync();
        }
        catch (Exception e)
        {
            // Ends the assembly, which would otherwise wait for room.
            await reader.CompleteAsync(e);
            await linked.CancelAsync();
            throw;
        }
    }

    private static AssembledTrack Counted(string file, AssemblyResult result) => new()
    {
        File = file,
        Sha256 = result.Sha256,
        Size = result.Size,
        Packets = result.Packets,
        Lost = result.Lost,
        Duplicates = result.Duplicates,
        Reordered = result.Reordered,
        Late = result.Late,
        JitterMs = result.JitterMs,
        BitrateBps = result.BitrateBps,
        Keyframes = result.Keyframes,
        FirstTimeUs = result.FirstTimeUs,
        LastTimeUs = result.LastTimeUs,
        Ssrcs = [.. result.Ssrcs],
        PayloadTypes = [.. result.Format.PayloadTypes.Select(static p => new PayloadTypeSection
        {
            Pt = (int)p.Pt,
            Codec = p.Codec,
            ClockRate = (int)p.ClockRate,
            Channels = p.Channels == 0 ? null : (int)p.Channels,
            Fmtp = p.Fmtp.Length == 0 ? null : p.Fmtp,
            Apt = p.HasApt ? (int)p.Apt : null,
        })],
        Gaps = [.. result.Gaps.Select(static g => new TrackGap
        {
            Epoch = g.Epoch,
            FirstIndex = g.FirstIndex,
            LastIndex = g.LastIndex,
            Reason = g.Reason,
            TimeUs = g.TimeUs,
            DurationUs = g.DurationUs,
        })],
        Paused = [.. result.Paused.Select(static p => new TrackPause(p.FromUs, p.ToUs ?? 0, p.By))],
    };
}

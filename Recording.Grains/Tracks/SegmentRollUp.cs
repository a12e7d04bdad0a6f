using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recording.Media.TrackFiles;
using Recording.Storage;

namespace Recording.Grains.Tracks;

/// <summary>Merges small stored segments into one. A crash in between leaves segments that overlap, which assembly handles.</summary>
internal sealed class SegmentRollUp : IDisposable
{
    /// <summary>A merge reads and writes, many times the bytes of one Put.</summary>
    private const int TimeoutFactor = 4;

    private readonly IObjectStore _store;
    private readonly TrackOptions _options;
    private readonly TimeProvider _time;
    private readonly TrackMetrics _metrics;
    private readonly ILogger<SegmentRollUp> _logger;
    private readonly SemaphoreSlim _slots;

    public SegmentRollUp(IObjectStore store, IOptions<TrackOptions> options, TimeProvider time, TrackMetrics metrics, ILogger<SegmentRollUp> logger)
    {
        _store = store;
        _options = options.Value;
        _time = time;
        _metrics = metrics;
        _logger = logger;
        _slots = new SemaphoreSlim(_options.RollUpConcurrency);
    }

    /// <summary>Puts the parts as one object, then deletes them unless the track was sealed. Runs on the thread pool and throws nothing.</summary>
    /// <param name="prefix">Prefix of the recording.</param>
    /// <param name="trackId">The track.</param>
    /// <param name="parts">Contiguous, ascending, of one epoch and activation.</param>
    /// <param name="stop">Ends the merge; no part is deleted after that.</param>
    public Task<RollUpOutcome> MergeAsync(string prefix, string trackId, IReadOnlyList<StoredPart> parts, CancellationToken stop) =>
        Task.Run(() => MergeGuardedAsync(prefix, trackId, parts, stop), CancellationToken.None);

    /// <inheritdoc />
    public void Dispose() => _slots.Dispose();

    private async Task<RollUpOutcome> MergeGuardedAsync(string prefix, string trackId, IReadOnlyList<StoredPart> parts, CancellationToken stop)
    {
        // Without the counter that a segment of markers only has behind the activation.
        string writer = parts[0].Key.Activation.Split('.')[0];
        string key = RecordingKeys.Segment(prefix, trackId, new SegmentKey(parts[0].Key.Epoch, parts[0].Key.FirstIndex, parts[^1].Key.LastIndex, writer));
        RollUpOutcome outcome;
        try
        {
            await _slots.WaitAsync(stop);
            try
            {
                using var deadline = new CancellationTokenSource(_options.UploadTimeout * TimeoutFactor, _time);
                using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
                outcome = await MergeIntoAsync(key, RecordingKeys.Sealed(prefix, trackId), parts, linked.Token).WaitAsync(linked.Token);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (Exception exception)
        {
            SegmentUploaderLog.RollUpFailed(_logger, key, exception);
            outcome = RollUpOutcome.Failed;
        }

        _metrics.RolledUp(outcome);
        return outcome;
    }

    private async Task<RollUpOutcome> MergeIntoAsync(string key, string sealedKey, IReadOnlyList<StoredPart> parts, CancellationToken cancellationToken)
    {
        await using (var content = new PartsStream(_store, parts))
        {
            await _store.PutStreamingAsync(key, content, cancellationToken);
        }

        long length = parts.Sum(static p => (long)p.Length);
        ObjectInfo? merged = await _store.HeadAsync(key, cancellationToken);
        if (merged?.Size != length)
        {
            throw new InvalidDataException($"The merged segment has {merged?.Size ?? 0} bytes, its parts have {length}.");
        }

        // The committed list is made by listing after SEALED was written. SEALED absent now means that such a listing will see the merged
        // segment, which covers the parts; SEALED present means that it may have seen the parts only, so they stay.
        if (await _store.HeadAsync(sealedKey, cancellationToken) is not null)
        {
            return RollUpOutcome.Sealed;
        }

        foreach (StoredPart part in parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await _store.DeleteAsync(part.ObjectKey, cancellationToken);
        }

        SegmentUploaderLog.RolledUp(_logger, key, parts.Count, length);
        return RollUpOutcome.Merged;
    }
}

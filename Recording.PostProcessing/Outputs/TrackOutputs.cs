using Recording.Media.Clocks;
using Recording.Media.Depacketizers;
using Recording.Media.Remuxing;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.Storage;

namespace Recording.PostProcessing.Outputs;

/// <summary>Makes a media file of each track of a participant, without encoding again, on one clock: timestamps are recording time.</summary>
/// <param name="files">The recording.</param>
/// <param name="workPrefix">Where files for other tasks go.</param>
/// <param name="run">Probes what was made.</param>
/// <param name="probe">What FFmpeg can do.</param>
/// <param name="plan">In which container, and what is prepared for renderers beside the file: the index, and a mezzanine where key frames are rare.</param>
public sealed class TrackOutputs(IRecordingFiles files, string workPrefix, FfmpegRun run, FfmpegProbe probe, CompositionPlan plan)
{
    /// <summary>Rarer key frames than this make a mezzanine: each chunk would decode from far before its start.</summary>
    public const long RarestKeyframeUs = 60_000_000;

    private readonly HashSet<string> _shown = new(plan.Chunks.SelectMany(chunk => chunk.TrackIds()), StringComparer.Ordinal);

    /// <summary>Remuxes and publishes; a track that holds nothing that can be decoded has no file, and says why; so does one of which a part is left out.</summary>
    /// <param name="group">The participant's tracks.</param>
    /// <param name="scratch">Where to work.</param>
    /// <param name="progress">0..1.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RecordingException">4004: a track file is missing. 4003: what was made cannot be read. 3002: an encoder for a mezzanine is missing.</exception>
    public async Task<(IReadOnlyList<RemuxedTrack> Tracks, IReadOnlyList<PublishedFile> Published)> RemuxAsync(
        RemuxGroup group, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        List<(PlannedTrack Track, FileInfo Source)> sources = [];
        foreach (PlannedTrack track in group.Tracks)
        {
            var source = new FileInfo(Path.Combine(scratch.FullName, $"source-{sources.Count}.rtp"));
            await files.FetchAsync(track.Source, source, cancellationToken);
            sources.Add((track, source));
        }

        ParticipantClock clock = await Task.Run(() => Estimate(sources, cancellationToken), cancellationToken);
        List<RemuxedTrack> remuxed = [];
        List<PublishedFile> published = [];
        foreach ((PlannedTrack track, FileInfo source) in sources)
        {
            progress?.Report(0.2 + (0.8 * remuxed.Count / sources.Count));
            (RemuxedTrack result, PublishedFile? file) = await RemuxAsync(track, source, clock[track.TrackId], cancellationToken);
            remuxed.Add(result);
            if (file is not null)
            {
                published.Add(file);
            }
        }

        progress?.Report(1);
        return (remuxed, published);
    }

    private static ParticipantClock Estimate(List<(PlannedTrack Track, FileInfo Source)> sources, CancellationToken cancellationToken)
    {
        ParticipantClockEstimator estimator = new();
        foreach ((PlannedTrack track, FileInfo source) in sources)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using FileStream input = OpenSequential(source);
            estimator.AddTrack(track.TrackId, input);
        }

        return estimator.Estimate();
    }

    private async Task<(RemuxedTrack Result, PublishedFile? File)> RemuxAsync(
        PlannedTrack track, FileInfo source, TrackClock clock, CancellationToken cancellationToken)
    {
        var output = new FileInfo(Path.ChangeExtension(source.FullName, plan.Container.Name()));
        var remuxed = new RemuxedTrack { TrackId = track.TrackId, IsAudio = track.IsAudio };
        RemuxResult result;
        try
        {
            result = await Task.Run(() => Remux(track, source, output, clock, cancellationToken), cancellationToken);
        }
        catch (RecordingException refused) when (refused.Code is RecordingErrorCode.UnsupportedCodec or RecordingErrorCode.WrongState)
        {
            return (remuxed with { Problem = refused.Message, ProblemCode = refused.Code, Codec = clock.Codec }, null);
        }

        remuxed = remuxed with { Frames = result.Frames, Codec = result.Codec };
        if (result.Frames == 0)
        {
            string problem = result.Codec.Length == 0 ? "it holds no packets" : $"no frame of its codec {result.Codec} can be decoded";
            return (remuxed with { Problem = problem, ProblemCode = WhyEmpty(result) }, null);
        }

        FfprobeReport report = await FfprobeReport.ReadAsync(run, output, cancellationToken: cancellationToken);
        if ((track.IsAudio ? report.Audio : report.Video) is not { } stream)
        {
            string problem = $"it was announced as {(track.IsAudio ? "audio" : "video")} and holds {result.Codec}";
            return (remuxed with { Problem = problem, ProblemCode = RecordingErrorCode.UnsupportedCodec }, null);
        }

        PublishedFile file = await PublishedFile.StoreAsync(files, output, track.Output, "track", report.DurationSeconds, cancellationToken);
        remuxed = remuxed with
        {
            File = track.Output,
            StartSeconds = stream.StartSeconds,
            Turns = PictureTurn.Of(result, plan.OriginUs),
            ResumesUs = track.IsAudio ? AudioSection.Resumes(result, plan.OriginUs) : [],

            // A source that changed its codec: a file has one.
            Problem = result.SkippedPackets > 0 ? $"{result.SkippedPackets} of its packets are of another codec than {result.Codec}: only what is {result.Codec} is in the output" : "",
            ProblemCode = result.SkippedPackets > 0 ? RecordingErrorCode.UnsupportedCodec : RecordingErrorCode.None,
        };
        return (plan.IsRemuxOnly ? remuxed : await IndexAsync(remuxed, output, result, cancellationToken), file);
    }

    private async Task<RemuxedTrack> IndexAsync(RemuxedTrack remuxed, FileInfo file, RemuxResult result, CancellationToken cancellationToken)
    {
        MediaIndex index = await Task.Run(() => MatroskaScan.Index(file), cancellationToken);
        if (!_shown.Contains(remuxed.TrackId) || index.LongestKeyframeGapUs <= RarestKeyframeUs)
        {
            return remuxed with { Index = index };
        }

        int width = result.Sizes.Max(size => size.Width + 1) & ~1;
        int height = result.Sizes.Max(size => size.Height + 1) & ~1;
        var mezzanine = new FileInfo(Path.ChangeExtension(file.FullName, ".mezzanine.mkv"));
        string encoder = Mezzanine.Encoder(probe, plan.Settings.Output);
        await run.RunAsync(Mezzanine.Arguments(encoder, file, width, height, mezzanine), file.Directory!, cancellationToken: cancellationToken);
        string name = $"{workPrefix}mezzanine-{RecordingKeys.Encode(remuxed.TrackId)}.mkv";
        await files.PublishAsync(mezzanine, name, cancellationToken);
        return remuxed with { Mezzanine = name, Index = await Task.Run(() => MatroskaScan.Index(mezzanine), cancellationToken) };
    }

    private RemuxResult Remux(PlannedTrack track, FileInfo source, FileInfo output, TrackClock clock, CancellationToken cancellationToken)
    {
        using FileStream input = OpenSequential(source);
        using FileStream made = output.Create();
        return TrackRemuxer.Remux(input, made, new RemuxOptions { Container = plan.Container, OriginUs = plan.OriginUs, Clock = clock, Name = track.TrackId }, cancellationToken);
    }

    private static RecordingErrorCode WhyEmpty(RemuxResult result) =>
        result.Codec.Length == 0 ? RecordingErrorCode.None
        : RenderableCodecs.Contains(result.Codec) ? RecordingErrorCode.FinalizationFailed
        : RecordingErrorCode.UnsupportedCodec;

    private static FileStream OpenSequential(FileInfo file) => new(
        file.FullName, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = 1 << 16, Options = FileOptions.SequentialScan });
}

using Recording.Media.Clocks;
using Recording.Media.Remuxing;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.Storage;

namespace Recording.PostProcessing.Outputs;

/// <summary>Makes a Matroska file of each track of a participant, without encoding again, on one clock: timestamps are recording time.</summary>
/// <param name="files">The recording.</param>
/// <param name="workPrefix">Where files for other tasks go.</param>
/// <param name="run">Probes what was made.</param>
/// <param name="forRendering">Also prepare what renderers need: the index, and a mezzanine where key frames are rare.</param>
public sealed class TrackOutputs(IRecordingFiles files, string workPrefix, FfmpegRun run, bool forRendering)
{
    /// <summary>Rarer key frames than this make a mezzanine: each chunk would decode from far before its start.</summary>
    public const long RarestKeyframeUs = 60_000_000;

    /// <summary>Remuxes and publishes; a track that holds nothing that can be decoded has no file, and says why; so does one of which a part is left out.</summary>
    /// <param name="originUs">t = 0 of the recording, µs since 1970.</param>
    /// <param name="group">The participant's tracks.</param>
    /// <param name="scratch">Where to work.</param>
    /// <param name="progress">0..1.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RecordingException">4004: a track file is missing. 4003: what was made cannot be read.</exception>
    public async Task<(IReadOnlyList<RemuxedTrack> Tracks, IReadOnlyList<PublishedFile> Published)> RemuxAsync(
        long originUs, RemuxGroup group, DirectoryInfo scratch, IProgress<double>? progress, CancellationToken cancellationToken)
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
            (RemuxedTrack result, PublishedFile? file) = await RemuxAsync(originUs, track, source, clock[track.TrackId], cancellationToken);
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
        long originUs, PlannedTrack track, FileInfo source, TrackClock clock, CancellationToken cancellationToken)
    {
        var output = new FileInfo(Path.ChangeExtension(source.FullName, ".mkv"));
        RemuxResult result = await Task.Run(
            () =>
            {
                using FileStream input = OpenSequential(source);
                using FileStream matroska = output.Create();
                return TrackRemuxer.Remux(input, matroska, new RemuxOptions { OriginUs = originUs, Clock = clock, Name = track.TrackId }, cancellationToken);
            },
            cancellationToken);
        var remuxed = new RemuxedTrack { TrackId = track.TrackId, IsAudio = track.IsAudio, Frames = result.Frames, Codec = result.Codec };
        if (result.Frames == 0)
        {
            string problem = result.Codec.Length == 0 ? "it holds no packets" : $"no frame of its codec {result.Codec} can be decoded";
            return (remuxed with { Problem = problem }, null);
        }

        FfprobeReport report = await FfprobeReport.ReadAsync(run, output, cancellationToken: cancellationToken);
        if ((track.IsAudio ? report.Audio : report.Video) is not { } stream)
        {
            return (remuxed with { Problem = $"it was announced as {(track.IsAudio ? "audio" : "video")} and holds {result.Codec}" }, null);
        }

        PublishedFile file = await PublishedFile.StoreAsync(files, output, track.Output, "track", report.DurationSeconds, cancellationToken);
        remuxed = remuxed with
        {
            File = track.Output,
            StartSeconds = stream.StartSeconds,
            Turns = PictureTurn.Of(result, originUs),
            ResumesUs = track.IsAudio ? AudioSection.Resumes(result, originUs) : [],

            // A source that changed its codec: a file has one.
            Problem = result.SkippedPackets > 0 ? $"{result.SkippedPackets} of its packets are of another codec than {result.Codec}: only what is {result.Codec} is in the output" : "",
        };
        return (forRendering ? await IndexAsync(remuxed, output, result, cancellationToken) : remuxed, file);
    }

    private async Task<RemuxedTrack> IndexAsync(RemuxedTrack remuxed, FileInfo file, RemuxResult result, CancellationToken cancellationToken)
    {
        MediaIndex index = await Task.Run(() => MatroskaScan.Index(file), cancellationToken);
        if (remuxed.IsAudio || index.LongestKeyframeGapUs <= RarestKeyframeUs)
        {
            return remuxed with { Index = index };
        }

        // One size, because an encoder keeps its own; pictures and their times stay as they are.
        int width = result.Sizes.Max(size => size.Width + 1) & ~1;
        int height = result.Sizes.Max(size => size.Height + 1) & ~1;
        var mezzanine = new FileInfo(Path.ChangeExtension(file.FullName, ".mezzanine.mkv"));
        string[] arguments =
        [
            "-noautorotate", "-reinit_filter", "0", "-copyts", "-f", "matroska", "-i", "file:" + file.FullName, "-map", "0:v:0", "-an",
            "-vf", $"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2:eval=frame,pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:eval=frame,setsar=1,format=yuv420p",
            "-fps_mode", "passthrough", "-enc_time_base", "1/1000", "-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-bf", "0",
            "-force_key_frames", "expr:gte(t,n_forced*2)", "-x264-params", "scenecut=0:open-gop=0", "-avoid_negative_ts", "disabled", "-f", "matroska", "-y", "file:" + mezzanine.FullName,
        ];
        await run.RunAsync(arguments, file.Directory!, cancellationToken: cancellationToken);
        string name = $"{workPrefix}mezzanine-{RecordingKeys.Encode(remuxed.TrackId)}.mkv";
        await files.PublishAsync(mezzanine, name, cancellationToken);
        return remuxed with { Mezzanine = name, Index = await Task.Run(() => MatroskaScan.Index(mezzanine), cancellationToken) };
    }

    private static FileStream OpenSequential(FileInfo file) => new(
        file.FullName, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = 1 << 16, Options = FileOptions.SequentialScan });
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Timeline;

namespace Recording.Bench.Render;

/// <summary>
/// Renders a grid of 720p by the stations of a job (chunks, sound, join, probe, decode), with one worker and with two, beside one bare FFmpeg that runs the
/// same graph, encoder and threads into one file and checks nothing.
/// </summary>
internal static class RenderBench
{
    private static readonly FfmpegRun _run = new(new FfmpegOptions { Niceness = 0 }, TimeProvider.System);

    public static async Task<int> RunAsync(RenderBenchOptions options)
    {
        using ScratchDirectory scratch = ScratchDirectory.Create();
        FfmpegProbe probe = await FfmpegProbe.RunAsync(new FfmpegOptions(), TimeProvider.System);
        Say($"making {options.Tiles} cameras and microphones of {options.Seconds} s");
        (IReadOnlyDictionary<string, FileInfo> media, AudioSource[] sound) = await MakeAsync(options, scratch);
        RecordedTimeline room = Room(options);
        RenderOptions both = new() { Workers = 1, EncoderThreads = 2 };
        RenderOptions each = new() { Workers = 2, EncoderThreads = 1 };

        double bare = await TimeAsync("one bare FFmpeg, 2 threads", () => BareAsync(room, options.Settings, both, media, sound, scratch));
        double one = await TimeAsync("one worker, 2 threads", () => JobAsync(room, options.Settings, both, probe, media, sound, scratch));
        double two = await TimeAsync("two workers, 1 thread each", () => JobAsync(room, options.Settings, each, probe, media, sound, scratch));
        double bareAgain = await TimeAsync("one bare FFmpeg, 2 threads, again", () => BareAsync(room, options.Settings, both, media, sound, scratch));
        double baseline = (bare + bareAgain) / 2;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            bench = "render",
            tiles = options.Tiles,
            seconds = options.Seconds,
            bare_s = Math.Round(baseline, 2),
            bare_runs_s = new[] { Math.Round(bare, 2), Math.Round(bareAgain, 2) },
            bare_rtf = Math.Round(options.Seconds / baseline, 3),
            one_worker_rtf = Math.Round(options.Seconds / one, 3),
            one_worker_ratio = Math.Round(baseline / one, 3),
            two_workers_rtf = Math.Round(options.Seconds / two, 3),
            two_workers_ratio = Math.Round(baseline / two, 3),
        }));
        return 0;
    }

    private static async Task<double> TimeAsync(string what, Func<Task> work)
    {
        long started = Stopwatch.GetTimestamp();
        await work();
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Say($"{what}: {seconds.ToString("0.00", CultureInfo.InvariantCulture)} s");
        return seconds;
    }

    private static async Task BareAsync(RecordedTimeline room, CompositionSettings settings, RenderOptions options, IReadOnlyDictionary<string, FileInfo> media, AudioSource[] sound, ScratchDirectory scratch)
    {
        CompositionPlan plan = CompositionPlan.Create(room, settings, options with { ShortestChunkSeconds = 100_000, LongestChunkSeconds = 100_000 });
        PlannedPiece piece = plan.Pieces().Single();
        using ScratchDirectory work = ScratchDirectory.Create(scratch.Directory.FullName);
        (await FontFile.FindAsync()).CopyTo(work.File(SceneGraph.FontName).FullName);
        SceneGraph graph = SceneGraph.Build(piece, SceneStyle.Of(plan, labels: true), media.ToDictionary(pair => pair.Key, pair => new TrackSlice(pair.Value, 0), StringComparer.Ordinal));
        foreach ((string file, string text) in graph.Texts)
        {
            await File.WriteAllTextAsync(work.File(file).FullName, text);
        }

        foreach ((string file, byte[] pixels) in graph.Images)
        {
            await File.WriteAllBytesAsync(work.File(file).FullName, pixels);
        }

        // The sound's inputs come behind the picture's.
        int inputs = graph.Inputs.Count(argument => argument == "-i");
        string audio = AudioGraph.Filter(sound, plan.Spans, plan.DurationUs).Replace("[out]", "[sound]", StringComparison.Ordinal);
        for (int i = sound.Length - 1; i >= 0; i--)
        {
            audio = audio.Replace($"[{i}:a:0]", $"[{i + inputs}:a:0]", StringComparison.Ordinal);
        }

        string[] encoder = [.. PieceEncoder.Video(plan.Settings.Output, plan.Settings.Canvas, options)];
        await _run.RunAsync(
            [
                "-copyts", "-filter_complex_threads", PieceEncoder.FilterThreads(piece, options).ToString(CultureInfo.InvariantCulture), .. graph.Inputs, .. AudioGraph.Inputs(sound), "-filter_complex", graph.Filter + ";" + audio,
                "-map", "[out]", "-map", "[sound]", "-fps_mode", "passthrough", "-frames:v", piece.FrameCount.ToString(CultureInfo.InvariantCulture),
                .. encoder.TakeWhile(argument => argument != "-muxdelay"), "-c:a", "aac", "-b:a", "128000", "-movflags", "+faststart", "-f", "mp4", "-y", "bare.mp4",
            ],
            work.Directory);
    }

    internal static async Task JobAsync(
        RecordedTimeline room, CompositionSettings settings, RenderOptions options, FfmpegProbe probe, IReadOnlyDictionary<string, FileInfo> media, AudioSource[] sound, ScratchDirectory scratch)
    {
        CompositionPlan plan = CompositionPlan.Create(room, settings, options);
        var renderer = new CompositeRenderer(_run, probe, options);
        using ScratchDirectory joined = ScratchDirectory.Create(scratch.Directory.FullName);
        IEnumerable<Func<Task>> tasks =
        [
            .. plan.Chunks.Select(chunk => (Func<Task>)(() => TimeAsync($"  chunk {chunk.Index}", () => ChunkAsync(chunk)))),
            () => TimeAsync("  sound", () => renderer.RenderAudioAsync(plan, sound, joined.File("audio.m4a"))),
        ];
        await Parallel.ForEachAsync(tasks, new ParallelOptions { MaxDegreeOfParallelism = options.Workers }, async (task, _) => await task());
        await TimeAsync("  join", () => renderer.JoinAsync(plan, joined.Directory, joined.File("audio.m4a"), joined.File("composite.mp4")));
        await TimeAsync("  decode", () => FfprobeReport.RequireDecodableAsync(_run, joined.File("composite.mp4")));

        async Task ChunkAsync(PlannedChunk chunk)
        {
            using ScratchDirectory work = ScratchDirectory.Create(scratch.Directory.FullName);
            await renderer.RenderChunkAsync(plan, chunk, media.ToDictionary(pair => pair.Key, pair => new TrackPictures(pair.Value, []), StringComparer.Ordinal), work.Directory);
            foreach (PlannedPiece piece in chunk.Pieces)
            {
                work.File(piece.FileName("ts")).MoveTo(joined.File(piece.FileName("ts")).FullName);
            }
        }
    }

    internal static async Task<(IReadOnlyDictionary<string, FileInfo> Media, AudioSource[] Sound)> MakeAsync(RenderBenchOptions options, ScratchDirectory scratch)
    {
        Dictionary<string, FileInfo> media = new(StringComparer.Ordinal);
        List<AudioSource> sound = [];
        for (int i = 0; i < options.Tiles; i++)
        {
            // Moving pictures with noise, a key frame every 20 s, as browsers send on request.
            FileInfo video = scratch.File($"p{i}-video.mkv");
            await _run.RunAsync(
                [
                    "-f", "lavfi", "-i", $"testsrc2=s={options.Camera}:r={options.Settings.FrameRate}:d={options.Seconds},noise=alls=8:allf=t,hue=h={i * 90}", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "10", "-b:v", "800k",
                    "-g", $"{options.Settings.FrameRate * 20}", "-pix_fmt", "yuv420p", "-f", "matroska", "-y", video.FullName,
                ],
                scratch.Directory);
            media.Add($"p{i}-video", video);
            FileInfo audio = scratch.File($"p{i}-audio.mkv");
            await _run.RunAsync(
                ["-f", "lavfi", "-i", $"sine=frequency={300 + (i * 110)}:sample_rate=48000:duration={options.Seconds}", "-ac", "2", "-c:a", "libopus", "-b:a", "32k", "-f", "matroska", "-y", audio.FullName],
                scratch.Directory);
            sound.Add(new AudioSource($"p{i}-audio", [new AudioSection(audio, 0)], []));
        }

        return (media, [.. sound]);
    }

    internal static RecordedTimeline Room(RenderBenchOptions options)
    {
        TimeInterval[] whole = [new TimeInterval(0, options.Seconds * 1_000_000L)];
        string[] people = [.. Enumerable.Range(0, options.Tiles).Select(i => $"p{i}")];
        return new RecordedTimeline
        {
            RecordingId = "bench",
            OriginUs = 0,
            DurationUs = whole[0].EndUs,
            Participants = [.. people.Select(id => new TimelineParticipant { ParticipantId = id, DisplayName = $"Participant {id}", Present = whole })],
            Tracks = [.. people.SelectMany(id => new[]
            {
                new TimelineTrack { TrackId = id + "-video", ParticipantId = id, IsAudio = false, Codec = "vp8", File = $"tracks/{id}-video.rtp", Live = whole },
                new TimelineTrack { TrackId = id + "-audio", ParticipantId = id, IsAudio = true, Codec = "opus", File = $"tracks/{id}-audio.rtp", Live = whole },
            })],
        };
    }

    internal static void Say(string text) => Console.Error.WriteLine(text);
}

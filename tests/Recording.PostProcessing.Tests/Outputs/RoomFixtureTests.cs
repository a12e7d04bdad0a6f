using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;
using Recording.PostProcessing.Timeline;
using Recording.Storage;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Rooms that broke other recorders: many pauses, nobody there, many people, three hours, rare key frames, a cancel.</summary>
public sealed class RoomFixtureTests : IDisposable
{
    private static readonly CompositionSettings Small = CompositionSettings.Default with { Width = 160, Height = 120, FrameRate = 10 };
    private static readonly RenderOptions Fast = new() { Preset = "ultrafast", ShortestChunkSeconds = 10, LongestChunkSeconds = 10 };
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly DirectoryInfo _recording;
    private readonly DirectoryInfo _work;

    public RoomFixtureTests()
    {
        _recording = _scratch.Directory.CreateSubdirectory("recording");
        _work = _scratch.Directory.CreateSubdirectory("work");
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_hundred_pauses_neither_add_nor_lose_a_frame_and_the_sound_stays_with_its_time()
    {
        // 0.3 s of every second are kept after the first 0.35 s: beeps of whole seconds are all cut but for those that lie in kept time.
        const int Count = 100;
        var recording = new TestRecording(_recording, Count);
        await recording.AddAudioAsync("alice", 0, Count);
        recording.SetPresence("alice", 0, Count);
        for (int i = 0; i < Count; i++)
        {
            recording.AddEvent(i + 0.35, "recording_paused");
            recording.AddEvent(i + 0.95 + (i * 0.0003), "recording_resumed");
        }

        await recording.WriteDocumentsAsync();
        double kept = Count - Enumerable.Range(0, Count).Sum(i => 0.6 + (i * 0.0003));
        RecordedTimeline timeline = RecordedTimelineReader.Read(Model.Documents.RecordingDocument.ReadMetadata(await File.ReadAllBytesAsync(Path.Combine(_recording.FullName, "metadata.json"))));
        CompositionPlan plan = CompositionPlan.Create(timeline, Small, Fast);
        Assert.Equal(100, timeline.Pauses.Count);
        Assert.InRange(plan.TotalFrames, (kept * 10) - 1, (kept * 10) + 1);
        Assert.Equal(plan.TotalFrames, plan.Pieces().Sum(piece => piece.FrameCount));
        Assert.InRange(plan.DurationUs / 1e6, kept - 0.001, kept + 0.001);

        FileInfo output = _scratch.File("out.m4a");
        CompositionResult result = await ComposerOf().ComposeAsync(_recording, Small with { Format = "m4a" }, output);
        Assert.InRange(result.DurationSeconds, kept - 0.03, kept + 0.03);
        List<double> beeps = await BeepsAsync(output);
        Assert.InRange(beeps.Count, Count - 2, Count);
        OutputClock clock = plan.Clock();
        foreach (double beep in beeps)
        {
            double expected = Enumerable.Range(0, Count).Select(second => clock.ToOutputUs(second * 1_000_000L) / 1e6).MinBy(time => Math.Abs(time - beep));
            // The network is 10 ms away.
            Assert.InRange(beep - expected, 0, 0.02);
        }
    }

    [Fact]
    public async Task A_recording_of_an_empty_room_is_a_picture_of_its_length()
    {
        var recording = new TestRecording(_recording, 2);
        await recording.WriteDocumentsAsync();
        CompositionResult result = await ComposerOf().ComposeAsync(_recording, Small with { Thumbnails = true, Waveforms = true, Chapters = true }, _scratch.File("out.mp4"));
        Assert.InRange(result.DurationSeconds, 1.95, 2.05);
    }

    [Fact]
    public async Task Fifty_people_of_whom_two_talk_render_in_bounded_memory()
    {
        const double Seconds = 4;
        var recording = new TestRecording(_recording, Seconds);
        for (int i = 0; i < 50; i++)
        {
            recording.SetPresence($"p{i:00}", 0, Seconds, $"Person {i}");
        }

        await recording.AddAudioAsync("p00", 0, Seconds);
        for (int i = 2; i < 50; i++)
        {
            recording.ShareTrack($"p{i:00}", "p00-audio", 0.1);
        }

        await recording.AddVideoAsync("p00", "blue", 0, Seconds);
        await recording.AddVideoAsync("p01", "red", 0, Seconds);
        await recording.WriteDocumentsAsync();

        // FFmpeg may not have more address space than this (stacks and arenas of its threads are kept small): it dies instead of growing.
        FfmpegOptions bounded = await Tools.BoundedFfmpegAsync(_scratch, 1_500_000);
        FileInfo output = _scratch.File("out.mp4");
        CompositionSettings settings = Small with { Width = 640, Height = 360 };
        await ComposerOf(bounded).ComposeAsync(_recording, settings, output);
        Decoded decoded = await Decoded.ReadAsync(output, 640, 360, 10);
        Assert.Equal(40, decoded.Frames);
        Assert.Equal("blue", decoded.ColourAt(1.5, 45, 28));
        Assert.Equal("red", decoded.ColourAt(1.5, 136, 28));
    }

    [Fact]
    public async Task Long_silence_within_a_track_and_before_another_costs_no_memory()
    {
        // In FFmpeg's hands 25 minutes of it would be 576 MB.
        const double Seconds = 1520;
        var recording = new TestRecording(_recording, Seconds);
        await recording.AddAudioAsync("alice", 0, Seconds, options: new TestMedia { Windows = [(0, 4), (1510, 10)] });
        await recording.AddAudioAsync("bob", 1512, 8);
        await recording.WriteDocumentsAsync();
        FileInfo output = _scratch.File("out.m4a");
        await ComposerOf(await Tools.BoundedFfmpegAsync(_scratch, 450_000)).ComposeAsync(_recording, Small with { Format = "m4a" }, output);
        List<double> beeps = await BeepsAsync(output);
        double[] expected = [0, 1, 2, 3, .. Enumerable.Range(1510, 10)];
        Assert.Equal(expected.Length, beeps.Count);
        Assert.All(expected.Zip(beeps), pair => Assert.InRange(pair.Second - pair.First, 0, 0.02));
    }

    [Fact]
    public void Plans_of_three_hours_grow_with_the_length_and_not_with_its_square()
    {
        long PiecesOf(int minutes)
        {
            (string, double, double)[] people = [.. Enumerable.Range(0, 50).Select(i => ($"p{i:00}", i * 0.7, minutes * 60.0))];
            RecordedTimeline room = Rooms.Of(minutes * 60, people);
            room = room with { Floor = [.. Enumerable.Range(0, minutes * 4).Select(i => new FloorSpan($"p{i % 7:00}", Rooms.Interval(i * 15, (i + 1) * 15)))] };
            CompositionPlan plan = CompositionPlan.Create(room, CompositionSettings.Default with { Layout = "pip" }, new RenderOptions());
            Assert.Equal(minutes * 60L * 30, plan.Pieces().Sum(piece => piece.FrameCount));
            return plan.ToJson().Length;
        }

        long hour = PiecesOf(60);
        Assert.InRange(PiecesOf(180), 2.5 * hour, 3.5 * hour);
    }

    [Fact]
    public async Task A_track_with_rare_key_frames_is_rendered_from_a_mezzanine_of_an_encoder_that_is_there()
    {
        // FFmpeg as it is, and as if it were built without x264.
        FfmpegProbe probe = await Tools.ProbeAsync();
        var plain = new FfmpegProbe(probe.Version, probe.Encoders.Where(name => !name.StartsWith("libx264", StringComparison.Ordinal)), probe.GraphFileOption);
        var recording = new TestRecording(_recording, 70);
        await recording.AddVideoAsync("alice", "blue", 0, 70, options: new TestMedia { KeyFrames = 100_000, FrameRate = 5, Turns = [(0, 1)] });
        await recording.AddAudioAsync("alice", 64, 1);
        await recording.WriteDocumentsAsync();
        CompositionSettings range = Small with { FromSeconds = 63, ToSeconds = 66 };
        await IsRenderedAsync(range, probe, "h264");
        await IsRenderedAsync(range with { Format = "webm" }, plain, "vp9");
        var error = await Assert.ThrowsAsync<RecordingException>(() => IsRenderedAsync(range, plain, "h264"));
        Assert.Equal((RecordingErrorCode.UnsupportedCodec, true), (error.Code, error.Message.Contains("has no encoder libx264", StringComparison.Ordinal)));

        // Sound alone shows no pictures: none are encoded.
        CompositionTasks sound = TasksOf("sound", plain);
        TaskProducts plan = await sound.PlanAsync("compose", (range with { Format = "m4a" }).ToJson(), CancellationToken.None);
        await RunAllAsync(sound, plan with { Tasks = [.. plan.Tasks.Where(task => task.Kind == "remux")] });
        Assert.True(File.Exists(Path.Combine(_work.FullName, "work-sound", "remux-0.json")));
        Assert.Empty(Directory.GetFiles(Path.Combine(_work.FullName, "work-sound"), "mezzanine*"));
    }

    [Fact]
    public void A_worker_whose_FFmpeg_has_no_encoder_for_a_mezzanine_says_which_it_needs()
    {
        OutputFormat webm = OutputFormat.Find("webm")!;
        Assert.Equal("libx264", Mezzanine.Encoder(new FfmpegProbe("1", ["libx264", "libvpx-vp9"]), webm));
        Assert.Equal("libvpx-vp9", Mezzanine.Encoder(new FfmpegProbe("1", ["libvpx-vp9"]), webm));
        var error = Assert.Throws<RecordingException>(() => Mezzanine.Encoder(new FfmpegProbe("1", ["libvpx"]), webm));
        Assert.Equal((RecordingErrorCode.UnsupportedCodec, "FFmpeg 1 has no encoder libvpx-vp9: install a build that has it"), (error.Code, error.Message));
    }

    [Fact]
    public async Task A_worker_fetches_only_the_part_of_a_track_that_it_renders()
    {
        var recording = new TestRecording(_recording, 20);
        await recording.AddVideoAsync("alice", "", 0, 20, options: new TestMedia { Source = "testsrc2", KeyFrames = 60 });
        await recording.WriteDocumentsAsync();
        using ObjectStoreFolder folder = new(_work, _recording);
        var counting = new CountingFiles(new StoredRecordingFiles(folder.Store, ""));
        var tasks = new CompositionTasks(counting, "work/", "job", Tools.Run, await Tools.ProbeAsync(), Fast with { ShortestChunkSeconds = 2, LongestChunkSeconds = 2 });
        TaskProducts plan = await tasks.PlanAsync("compose", Small.ToJson(), CancellationToken.None);
        await RunAllAsync(tasks, plan);
        Assert.Equal(10, counting.Parts.Count);
        long whole = (await folder.Store.HeadAsync("processed/tracks/alice-video.mkv"))!.Size;
        Assert.All(counting.Parts, bytes => Assert.InRange(bytes, 1000, whole * 0.35));
        FileInfo output = _scratch.File("out.mp4");
        await new StoredRecordingFiles(folder.Store, "").FetchAsync("processed/jobs/job/composite.mp4", output, CancellationToken.None);
        Assert.Equal(200, (await FfprobeReport.ReadAsync(Tools.Run, output, countPackets: true)).Video!.Packets);
    }

    [Fact]
    public async Task Pieces_that_need_another_decoder_are_rendered_again_before_they_are_joined()
    {
        var recording = new TestRecording(_recording, 6);
        await recording.AddVideoAsync("alice", "blue", 0, 6);
        await recording.WriteDocumentsAsync();
        RenderOptions options = Fast with { ShortestChunkSeconds = 2, LongestChunkSeconds = 2, Labels = false };
        var files = new DirectoryRecordingFiles(_recording, _work);
        var tasks = new CompositionTasks(files, "work/", "job", Tools.Run, await Tools.ProbeAsync(), options);

        // Another worker's FFmpeg made the last chunk with other parameter sets.
        var other = new CompositionTasks(files, "work/", "job", Tools.Run, await Tools.ProbeAsync(), options with { Preset = "slow" });
        TaskProducts plan = await tasks.PlanAsync("compose", Small.ToJson(), CancellationToken.None);
        await RunAllAsync(tasks, plan with { Tasks = [.. plan.Tasks.Where(task => task is { Kind: "remux" or "audio" } or { Kind: "render", Number: < 2 })] });
        await RunAllAsync(other, plan with { Tasks = [.. plan.Tasks.Where(task => task is { Kind: "render", Number: 2 })] });
        string[] hashes = [.. Directory.GetFiles(Path.Combine(_work.FullName, "work"), "chunk-*.json").Order(StringComparer.Ordinal).Select(File.ReadAllText).Select(text => text[(text.IndexOf("Hash", StringComparison.Ordinal) + 7)..])];
        Assert.Equal(hashes[0], hashes[1]);
        Assert.NotEqual(hashes[0], hashes[2], StringComparer.Ordinal);
        await RunAllAsync(tasks, plan with { Tasks = [.. plan.Tasks.Where(task => task.Kind == "join")] });
        Decoded decoded = await Decoded.ReadAsync(new FileInfo(Path.Combine(_work.FullName, "processed/jobs/job/composite.mp4")), 160, 120, 10);
        Assert.Equal(60, decoded.Frames);
        Assert.Equal("blue", decoded.ColourAt(5.5, 80, 60));
    }

    [Fact]
    public async Task A_cancelled_composition_leaves_no_scratch_no_output_and_no_process()
    {
        var recording = new TestRecording(_recording, 20);
        await recording.AddVideoAsync("alice", "blue", 0, 20);
        await recording.WriteDocumentsAsync();
        using var cancel = new CancellationTokenSource();
        FileInfo output = _scratch.File("out.mp4");
        var progress = new DirectProgress<CompositionProgress>(step =>
        {
            if (step.Task.StartsWith("render", StringComparison.Ordinal))
            {
                cancel.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ComposerOf().ComposeAsync(_recording, Small with { FrameRate = 60 }, output, progress, cancellationToken: cancel.Token));
        Assert.False(output.Exists);
        Assert.Empty(_work.EnumerateFileSystemInfos());
    }

    private async Task IsRenderedAsync(CompositionSettings settings, FfmpegProbe probe, string codec)
    {
        CompositionTasks tasks = TasksOf(codec, probe);
        await RunAllAsync(tasks, await tasks.PlanAsync("compose", settings.ToJson(), CancellationToken.None));
        string mezzanine = Assert.Single(Directory.GetFiles(Path.Combine(_work.FullName, $"work-{codec}"), "mezzanine*"));
        Assert.Equal("mezzanine-alice-video.mkv", Path.GetFileName(mezzanine));
        Assert.Equal(codec, (await FfprobeReport.ReadAsync(Tools.Run, new FileInfo(mezzanine))).Video!.Codec);
        Decoded decoded = await Decoded.ReadAsync(new FileInfo(Path.Combine(_work.FullName, $"processed/jobs/{codec}/composite.{settings.Format}")), 160, 120, 10);
        Assert.Equal(30, decoded.Frames);
        Assert.Equal("blue", decoded.ColourAt(0.5, 80, 60));

        // The phone is held upright all the time: its picture is turned once, not in the mezzanine and again.
        Assert.Equal("blue other", $"{decoded.ColourAt(0.5, 80, 4)} {decoded.ColourAt(0.5, 8, 60)}");
        Assert.InRange(decoded.Flashes(80, 60).First(time => time > 0.5), 0.9, 1.1);
    }

    private CompositionTasks TasksOf(string job, FfmpegProbe probe) => new(new DirectoryRecordingFiles(_recording, _work), $"work-{job}/", job, Tools.Run, probe, Fast with { Labels = false });

    private OfflineComposer ComposerOf(FfmpegOptions? ffmpeg = null) => new(ffmpeg ?? new FfmpegOptions(), Fast, TimeProvider.System) { ScratchRoot = _work.FullName };

    private async Task<List<double>> BeepsAsync(FileInfo file)
    {
        await Tools.Run.RunAsync(["-i", file.FullName, "-ac", "1", "-ar", "48000", "-f", "s16le", "-y", "beeps"], _scratch.Directory);
        return Decoded.BeepsOf(await File.ReadAllBytesAsync(_scratch.File("beeps").FullName));
    }

    private async Task RunAllAsync(CompositionTasks tasks, TaskProducts plan)
    {
        foreach (PlannedTask task in plan.Tasks)
        {
            using ScratchDirectory scratch = ScratchDirectory.Create(_scratch.Directory.FullName);
            await tasks.RunAsync(task.Kind, task.Number, scratch.Directory, null, CancellationToken.None);
        }
    }
}

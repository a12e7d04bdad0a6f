using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Real FFmpeg, from media files of tracks to a decoded composite.</summary>
public sealed class CompositeRendererTests : IDisposable
{
    private const int Rate = 25;
    private static readonly RenderOptions Fast = new() { Preset = "ultrafast", ShortestChunkSeconds = 1.3, LongestChunkSeconds = 1.3, Labels = false };
    private static readonly CompositionSettings Small = CompositionSettings.Default with { Width = 320, Height = 120, FrameRate = Rate };
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly Dictionary<string, FileInfo> _media = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> _starts = new(StringComparer.Ordinal);

    public void Dispose() => _scratch.Dispose();

    // One worker has all three scenes in one chunk and renders two of them side by side.
    [Theory]
    [InlineData(2, 1.3)]
    [InlineData(1, 10)]
    public async Task Joins_leaves_chunks_and_lip_sync_hold_in_the_decoded_output(int workers, double chunkSeconds)
    {
        // bob joins late with his first picture later still, and leaves before the end; the length is not a whole number of frames.
        await VideoAsync("alice-video", "blue", 0.0, 6.05);
        await AudioAsync("alice-audio", 0.2, 5.8);
        await VideoAsync("bob-video", "red", 2.4, 1.6);
        RecordedTimeline room = Rooms.Of(6.05, ("alice", 0, 6.05), ("bob", 2, 4));
        room = room with { Tracks = [.. room.Tracks.Where(track => track.TrackId != "bob-audio")] };
        Decoded output = await RenderAsync(room, Fast with { Workers = workers, ShortestChunkSeconds = chunkSeconds, LongestChunkSeconds = chunkSeconds });
        Assert.Equal(151, output.Frames);
        Assert.InRange(output.AudioSeconds, 6.05 - 0.03, 6.05 + 0.05);

        // Alone alice stands in the middle; with bob she is on the left.
        Assert.Equal("blue", output.ColourAt(1.5, 160, 60));
        Assert.Equal("other", output.ColourAt(2.2, 210, 20));
        Assert.Equal("red", output.ColourAt(2.6, 240, 60));
        Assert.Equal("red", output.ColourAt(3.9, 240, 60));
        Assert.Equal("blue", output.ColourAt(2.5, 80, 60));
        Assert.Equal("blue", output.ColourAt(4.3, 160, 60));
        Assert.NotEqual("red", output.ColourAt(4.3, 240, 60), StringComparer.Ordinal);

        List<double> flashes = [.. Enumerable.Range(0, 7).Select(second => output.Flashes(second is >= 2 and < 4 ? 80 : 160, 60).Single(time => Math.Abs(time - second) < 0.3))];
        List<double> beeps = output.Beeps();
        Assert.Equal(5, beeps.Count);
        for (int i = 0; i < beeps.Count; i++)
        {
            Assert.InRange(flashes[i + 1] - beeps[i], -0.04, 0.04);
            Assert.InRange(beeps[i], i + 1 - 0.01, i + 1 + 0.01);
        }

        Assert.InRange(output.Flashes(240, 60).Single(time => time > 2.5 && time < 3.5), 2.96, 3.04);
    }

    [Fact]
    public async Task A_pause_is_cut_out_of_picture_and_sound_alike()
    {
        await VideoAsync("alice-video", "blue", 0, 6);
        await AudioAsync("alice-audio", 0, 6);
        RecordedTimeline room = Rooms.Of(6, ("alice", 0, 6)) with { Pauses = [Rooms.Interval(1.5, 3.3)] };
        Decoded output = await RenderAsync(room);
        Assert.Equal(105, output.Frames);

        // Seconds 0 and 1 come before the cut; 4 and 5 are 1.8 s earlier behind it.
        double[] expected = [0, 1, 2.2, 3.2];
        List<double> beeps = output.Beeps();
        List<double> flashes = output.Flashes(160, 60);
        Assert.Equal(4, beeps.Count);
        Assert.Equal(4, flashes.Count);
        for (int i = 0; i < 4; i++)
        {
            Assert.InRange(beeps[i], expected[i] - 0.015, expected[i] + 0.015);
            Assert.InRange(flashes[i], expected[i] - 0.04, expected[i] + 0.04);
        }
    }

    [Fact]
    public async Task Pieces_of_two_plain_frames_are_recognised_and_joined()
    {
        // So little that FFmpeg did not know what their files are: two frames of every five are kept of an empty room.
        RecordedTimeline room = Rooms.Of(1) with { Pauses = [.. Enumerable.Range(0, 5).Select(i => Rooms.Interval((i * 0.2) + 0.08, (i + 1) * 0.2))] };
        CompositionSettings settings = Small with { Width = 64, Height = 64, Background = 0x0000FF };
        Assert.All(CompositionPlan.Create(room, settings, Fast).Pieces(), piece => Assert.Equal(2, piece.FrameCount));
        Decoded output = await RenderAsync(room, settings: settings);
        Assert.Equal(10, output.Frames);
        Assert.All(Enumerable.Range(0, output.Frames), frame => Assert.Equal("blue", output.PixelAt(frame, 32, 32)));
    }

    [Fact]
    public async Task A_gap_in_the_sound_stays_a_gap_and_a_size_change_loses_no_frame()
    {
        await AudioAsync("first", 0, 2);
        await AudioAsync("second", 4.5, 1.5);
        await JoinAsync("alice-audio", "first", "second");
        await VideoAsync("small", "blue", 0, 2);
        await Synthetic.VideoAsync(_scratch.File("large.mkv"), "red", 2, 4, size: "240x180");
        await JoinAsync("alice-video", "small", "large");
        Decoded output = await RenderAsync(Rooms.Of(6, ("alice", 0, 6)));
        Assert.Equal(150, output.Frames);
        Assert.Equal("blue", output.ColourAt(1.8, 160, 60));
        Assert.Equal("red", output.ColourAt(2.5, 160, 60));
        Assert.Equal(7, output.Flashes(160, 60).Count + 1);
        Assert.True(output.Peak(2.2, 4.4) < 300);
        Assert.Equal("0.0 1.0 5.0", string.Join(' ', output.Beeps().Select(time => time.ToString("0.0"))));
    }

    [Fact]
    public async Task A_room_without_picture_or_sound_still_has_both_streams()
    {
        Decoded output = await RenderAsync(Rooms.Of(1.2, ("alice", 0, 1.2)));
        Assert.Equal(30, output.Frames);
        Assert.True(output.Peak(0, 1) < 10);
        Assert.True(output.Colours(0.5, 120, 30, 80, 60) > 3, "initials are drawn");
    }

    [Fact]
    public async Task A_copied_track_of_h264_has_the_same_packets_at_the_same_times_in_mp4()
    {
        FileInfo camera = _scratch.File("camera.mkv");
        await Tools.Run.RunAsync(["-f", "lavfi", "-i", "testsrc2=s=160x90:r=10:d=2", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "20", "-output_ts_offset", "0.05", "-y", camera.FullName], _scratch.Directory);
        RecordedTimeline room = Rooms.Of(2.05, ("alice", 0, 2.05));
        room = room with { Tracks = [.. room.Tracks.Select(track => track.IsAudio ? track : track with { Codec = "h264" })] };
        CompositionPlan plan = CompositionPlan.Create(room, Small with { Layout = "single:alice" }, Fast);
        Assert.Equal("alice-video", plan.CopiedTrackId);
        var renderer = new CompositeRenderer(Tools.Run, await Tools.ProbeAsync(), Fast);
        FileInfo output = _scratch.File("out.mp4");
        await renderer.CopyAsync(plan, _scratch.Directory, camera, await renderer.RenderAudioAsync(plan, [], _scratch.File("audio.m4a")), output);
        StoredPackets stored = await StoredPackets.ReadAsync(camera);
        StoredPackets copied = await StoredPackets.ReadAsync(output);
        Assert.Equal(20, stored.Hashes.Count);
        Assert.Equal(stored.Hashes, copied.Hashes);
        Assert.Equal(stored.PtsMs, copied.PtsMs);
    }

    [Fact]
    public async Task Over_49_people_the_page_turns_after_ten_seconds_and_turns_back()
    {
        // All have a camera, but only the first one's and the fiftieth's pictures are there, between their flashes.
        await VideoAsync("p00-video", "red", 0.2, 20.8, rate: 2);
        await VideoAsync("p49-video", "blue", 0.2, 20.8, rate: 2);
        RecordedTimeline room = Rooms.Of(21, [.. Enumerable.Range(0, 50).Select(i => ($"p{i:00}", 0.0, 21.0))]);
        CompositionSettings settings = Small with { Width = 224, Height = 126, FrameRate = 2, Microphones = false };
        Decoded output = await RenderAsync(room, Fast with { ShortestChunkSeconds = 10, LongestChunkSeconds = 10 }, settings);
        Assert.Equal(42, output.Frames);

        // Seven by seven tiles of 32x18; a page of one tile is all of the picture, with bars left and right of a camera of 4:3.
        for (int frame = 0; frame < output.Frames; frame++)
        {
            bool isFirst = frame is < 20 or >= 40;
            Assert.Equal((frame, isFirst ? "red tile" : "tile blue"), (frame, $"{Seen(16, 16)} {Seen(34, 110)}"));

            string Seen(int x, int y) => output.HasColour(frame, x, y, 0x24272E) ? "tile" : output.PixelAt(frame, x, y);
        }
    }

    [Theory]
    [InlineData("'; drawtext=text=pwned:x=0, [out]")]
    [InlineData("%{pts} %{localtime} %{eif\\:1\\:d}")]
    [InlineData("a\\nb\\'c:d=e,f;g[h]\"i\"$(id)`id`")]
    [InlineData("line one\nline two\r\nfile '/etc/passwd'")]
    [InlineData("🙂 שלום عالم 日本語 \u202Edesrever")]
    [InlineData("\u0000\u0007")]
    [InlineData("")]
    public async Task Any_name_is_drawn_as_it_is_and_never_part_of_an_argument(string name)
    {
        RecordedTimeline room = Rooms.Of(0.6, ("alice", 0, 0.6));
        room = room with { Participants = [room.Participants[0] with { DisplayName = name }] };
        CompositionPlan plan = CompositionPlan.Create(room, Small, Fast with { Labels = true });
        SceneGraph graph = SceneGraph.Build(plan.Chunks[0].Pieces[0], SceneStyle.Of(plan, labels: true), new Dictionary<string, TrackSlice>(StringComparer.Ordinal));
        Assert.True(name.Trim('\0', '\a').Length == 0 || !graph.Filter.Contains(name, StringComparison.Ordinal));
        Assert.All(graph.Texts.Values, text => Assert.DoesNotContain('\n', text));
        Decoded output = await RenderAsync(room, Fast with { Labels = true });
        Assert.Equal(15, output.Frames);
    }

    [Fact]
    public async Task A_literal_name_shows_other_pixels_than_its_expansion_would()
    {
        // "%{n}" expanded is one digit; drawn literally it is four characters wide.
        Decoded literal = await RenderNameAsync("%{n}");
        Decoded digit = await RenderNameAsync("0");
        Assert.NotEqual(LabelWidth(literal), LabelWidth(digit));
    }

    [Fact]
    public void A_missing_encoder_is_named()
    {
        var probe = new FfmpegProbe("0.0", ["aac"]);
        var error = Assert.Throws<RecordingException>(() => probe.RequireEncoders("aac", "libx264"));
        Assert.Equal(RecordingErrorCode.UnsupportedCodec, error.Code);
        Assert.Contains("libx264", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_survives_its_json()
    {
        CompositionPlan plan = CompositionPlan.Create(Rooms.Of(6, ("alice", 0, 6), ("bob", 2, 4)), Small, Fast);
        CompositionPlan read = CompositionPlan.FromJson(System.Text.Encoding.UTF8.GetBytes(plan.ToJson()));
        Assert.Equal(plan.ToJson(), read.ToJson());
        Assert.True(plan.Chunks.Count >= 4);
        Assert.Equal(plan.TotalFrames, read.Pieces().Sum(piece => piece.FrameCount));
        Assert.Throws<RecordingException>(() => CompositionPlan.FromJson("{}"u8));
    }

    [Fact]
    public void A_worker_that_is_alone_gets_pieces_to_render_side_by_side()
    {
        CompositionSettings settings = CompositionSettings.Default with { Width = 320, Height = 120, FrameRate = 30 };
        string Pieces(RenderOptions options) => string.Join(
            ' ', CompositionPlan.Create(Rooms.Of(61, ("alice", 0, 61)), settings, options).Chunks.Select(chunk => string.Join('+', chunk.Pieces.Select(piece => $"{piece.FirstFrame}:{piece.FrameCount}@{piece.RecordingUs}"))));

        // Two threads, two pieces a chunk, cut at a multiple of two seconds, where an encoder sets a key frame anyway.
        Assert.Equal("0:480@0+480:420@16000000 900:480@30000000+1380:450@46000000", Pieces(new RenderOptions { Workers = 1, EncoderThreads = 2 }));
        Assert.Equal("0:900@0 900:930@30000000", Pieces(new RenderOptions { Workers = 1, EncoderThreads = 1 }));
        Assert.Equal("0:900@0 900:930@30000000", Pieces(new RenderOptions { Workers = 2, EncoderThreads = 2 }));
        Assert.Equal(4, new RenderOptions { Workers = 1, EncoderThreads = 16 }.PiecesAtOnce);
    }

    [Fact]
    public void Chunks_are_cut_for_all_workers_of_the_cluster_within_30_s_and_10_min()
    {
        CompositionSettings settings = CompositionSettings.Default with { Width = 320, Height = 120, FrameRate = 10 };
        int Chunks(double hours, int workers, int cluster) => CompositionPlan.Create(
            Rooms.Of(hours * 3600, ("alice", 0, hours * 3600)), settings, new RenderOptions { Workers = workers, ClusterWorkers = cluster, EncoderThreads = 1 }).Chunks.Count;

        Assert.Equal(8, Chunks(1, 2, 0));
        Assert.Equal(32, Chunks(1, 2, 8));
        Assert.Equal(8, Chunks(1, 2, 1));
        Assert.Equal(120, Chunks(1, 2, 64));
        Assert.Equal(36, Chunks(6, 1, 3));
        Assert.Equal(48, Chunks(6, 1, 12));
    }

    private static int LabelWidth(Decoded output) => Enumerable.Range(0, 80).Count(x => output.Colours(0.2, x, 104, 1, 14) > 2);

    private async Task<Decoded> RenderNameAsync(string name)
    {
        RecordedTimeline room = Rooms.Of(0.6, ("alice", 0, 0.6));
        return await RenderAsync(room with { Participants = [room.Participants[0] with { DisplayName = name }] }, Fast with { Labels = true });
    }

    private async Task<Decoded> RenderAsync(RecordedTimeline room, RenderOptions? options = null, CompositionSettings? settings = null)
    {
        settings ??= Small;
        CompositionPlan plan = CompositionPlan.Create(room, settings, options ?? Fast);
        var renderer = new CompositeRenderer(Tools.Run, await Tools.ProbeAsync(), options ?? Fast);
        double last = 0;
        var pictures = _media.ToDictionary(pair => pair.Key, pair => new TrackPictures(pair.Value, []), StringComparer.Ordinal);
        foreach (PlannedChunk chunk in plan.Chunks)
        {
            await renderer.RenderChunkAsync(plan, chunk, pictures, _scratch.Directory, new DirectProgress<double>(value => last = value));
            Assert.Equal(1, last);
        }

        AudioSource[] sources = [.. plan.AudioTrackIds.Where(_media.ContainsKey).Select(id => new AudioSource(id, [new AudioSection(_media[id], _starts[id])], []))];
        FileInfo audio = await renderer.RenderAudioAsync(plan, sources, _scratch.File("audio.m4a"));
        FileInfo output = _scratch.File("out.mp4");
        FfprobeReport report = await renderer.JoinAsync(plan, _scratch.Directory, audio, output);
        Assert.Equal("", await FfprobeReport.DecodeAsync(Tools.Run, output));
        Assert.InRange(report.DurationSeconds, (plan.DurationUs / 1e6) - 0.1, (plan.DurationUs / 1e6) + 0.1);
        return await Decoded.ReadAsync(output, settings.Width, settings.Height, settings.FrameRate);
    }

    private async Task VideoAsync(string id, string colour, double start, double seconds, int rate = 30)
    {
        await Synthetic.VideoAsync(_scratch.File(id + ".mkv"), colour, start, seconds, rate: rate);
        await AddAsync(id);
    }

    private async Task AudioAsync(string id, double start, double seconds)
    {
        await Synthetic.AudioAsync(_scratch.File(id + ".mkv"), start, seconds);
        await AddAsync(id);
    }

    // One Matroska file of two, each at its own time.
    private async Task JoinAsync(string id, string first, string second)
    {
        FfprobeReport later = await FfprobeReport.ReadAsync(Tools.Run, _scratch.File(second + ".mkv"));
        string list = $"ffconcat version 1.0\nfile {first}.mkv\nduration {later.Streams[0].StartSeconds - _starts.GetValueOrDefault(first):0.000}\nfile {second}.mkv\n";
        await File.WriteAllTextAsync(_scratch.File("list.txt").FullName, list);
        await Tools.Run.RunAsync(["-f", "concat", "-safe", "0", "-i", "list.txt", "-c", "copy", "-y", id + ".mkv"], _scratch.Directory);
        await AddAsync(id);
    }

    private async Task AddAsync(string id)
    {
        FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, _scratch.File(id + ".mkv"));
        _media[id] = report.File;
        _starts[id] = report.Streams[0].StartSeconds;
    }
}

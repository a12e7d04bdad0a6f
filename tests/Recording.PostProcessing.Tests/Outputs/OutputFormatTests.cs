using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Every format and everything that goes with it, made of one recording and read back.</summary>
public sealed class OutputFormatTests : IClassFixture<OutputFormatTests.Room>, IDisposable
{
    private const double Seconds = 12;
    private static readonly CompositionSettings Small = CompositionSettings.Default with { Width = 160, Height = 120, FrameRate = 10 };
    private readonly Room _room;
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly OfflineComposer _composer = new(
        new FfmpegOptions(), new RenderOptions { Preset = "ultrafast", ShortestChunkSeconds = 5, LongestChunkSeconds = 5 }, TimeProvider.System);

    public OutputFormatTests(Room room) => _room = room;

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Mp4_with_chapters_captions_thumbnails_and_waveforms()
    {
        FileInfo captions = _scratch.File("in.vtt");
        await File.WriteAllTextAsync(captions.FullName, "WEBVTT\n\n00:01.000 --> 00:03.000\nHello <b>world</b>\n\n00:04.000 --> 00:05.000\n<v Bob &amp; co>Hi</v>\n");
        CompositionResult result = await ComposeAsync(
            Small with { Layout = "screenshare", Chapters = true, Thumbnails = true, Waveforms = true, Title = "100 % 'quoted': \\n", Clock = "wall" }, "out.mp4", new OfflineInputs(Captions: captions));
        FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, (FileInfo)result.Output);
        Assert.Equal("h264 aac mov_text", string.Join(' ', report.Streams.Where(stream => stream.Type != "data").Select(stream => stream.Codec)));
        Assert.InRange(result.DurationSeconds, Seconds - 0.1, Seconds + 0.1);
        string probed = await QueryAsync("-show_chapters", result.Output);
        Assert.Contains("TAG:title=Alice", probed, StringComparison.Ordinal);
        Assert.Contains("TAG:title=Screen of Alice", probed, StringComparison.Ordinal);
        Assert.Equal(
            "captions.vtt chapters.vtt poster.jpg sprite-000.jpg sprite.vtt thumb-00000.jpg thumb-00001.jpg alice.json alice.png",
            string.Join(' ', result.Files.Where(file => file.FullName != result.Output.FullName).Select(file => file.Name)));

        FfprobeReport sprite = await FfprobeReport.ReadAsync(Tools.Run, Made(result, "sprite-000.jpg"));
        Assert.Equal((1600, 1200), (sprite.Video!.Width, sprite.Video.Height));
        Assert.Contains("00:00:10.000 --> 00:00:12.000\nsprite-000.jpg#xywh=160,0,160,120", await File.ReadAllTextAsync(Made(result, "sprite.vtt").FullName), StringComparison.Ordinal);
        string vtt = await File.ReadAllTextAsync(Made(result, "captions.vtt").FullName);
        Assert.Contains("Hello <b>world</b>", vtt, StringComparison.Ordinal);
        Assert.Contains("<v Bob &amp; co>Hi</v>", vtt, StringComparison.Ordinal);
        await Tools.Run.RunAsync(["-i", result.Output.FullName, "-map", "0:s:0", "-f", "srt", "-y", "subtitles.srt"], _scratch.Directory);
        Assert.Contains("Bob & co: Hi", await File.ReadAllTextAsync(_scratch.File("subtitles.srt").FullName), StringComparison.Ordinal);

        // A beep in the first tenth of each second, and nothing in between.
        using JsonDocument peaks = JsonDocument.Parse(await File.ReadAllTextAsync(Made(result, "alice.json").FullName));
        int[] values = [.. peaks.RootElement.GetProperty("peaks").EnumerateArray().Select(value => value.GetInt32())];
        Assert.Equal(120, values.Length);
        Assert.True(values[30] > 8000 && values[35] < 500, string.Join(' ', values));
        Assert.Equal((1200, 120), await SizeAsync(Made(result, "alice.png")));
    }

    [Fact]
    public async Task Webm_with_vp9_and_burnt_captions()
    {
        FileInfo captions = _scratch.File("in.vtt");
        await File.WriteAllTextAsync(captions.FullName, "WEBVTT\n\n00:02.000 --> 00:03.000\n{\\an8}MMMMMMMM\n\n00:03.000 --> 00:05.000\n<v MMMMMMMM>.\n");
        CompositionSettings settings = Small with { Format = "webm", Layout = "audio-only", BurnsCaptions = true, FromSeconds = 1, ToSeconds = 4 };
        CompositionResult result = await ComposeAsync(settings, "out.webm", new OfflineInputs(Captions: captions));
        FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, (FileInfo)result.Output, countPackets: true);
        Assert.Equal("vp9 opus", string.Join(' ', report.Streams.Select(stream => stream.Codec)));
        Assert.Equal(30, report.Video!.Packets);
        Decoded decoded = await Decoded.ReadAsync((FileInfo)result.Output, 160, 120, 10);
        Assert.True(decoded.Colours(1.5, 20, 90, 120, 25) > 3 * decoded.Colours(0.5, 20, 90, 120, 25), "captions are drawn from second 2 of the recording on");
        Assert.True(decoded.Colours(2.5, 45, 90, 30, 25) > 3 * decoded.Colours(0.5, 45, 90, 30, 25), "who speaks is drawn left of what is said");
    }

    [Fact]
    public async Task Hls_in_fragments_with_a_playlist_of_captions()
    {
        FileInfo captions = _scratch.File("in.vtt");
        await File.WriteAllTextAsync(captions.FullName, "WEBVTT\n\n00:01.000 --> 00:03.000\nHello\n");
        DirectoryInfo output = _scratch.Directory.CreateSubdirectory("hls");
        string[] before = ["segment-00099.m4s", "mine.txt"];
        foreach (string name in before)
        {
            await File.WriteAllTextAsync(Path.Combine(output.FullName, name), "");
        }

        CompositionResult result = await ComposeAsync(Small with { Format = "hls" }, "hls", new OfflineInputs(Captions: captions));
        Assert.Equal("mine.txt", Assert.Single(before, name => File.Exists(Path.Combine(output.FullName, name))));
        Assert.Equal(result.Files.Sum(file => file.Length), result.Bytes);
        string master = await File.ReadAllTextAsync(Path.Combine(result.Output.FullName, "master.m3u8"));
        Assert.Contains("TYPE=SUBTITLES", master, StringComparison.Ordinal);
        Assert.Contains("SUBTITLES=\"captions\"", master, StringComparison.Ordinal);
        Assert.Contains("CODECS=\"avc1.", master, StringComparison.Ordinal);
        (long size, double seconds)[] segments = [.. new[] { 0, 1 }.Select(i => (new FileInfo(Path.Combine(output.FullName, $"segment-0000{i}.m4s")).Length, Seconds / 2))];
        Assert.Contains(
            $":BANDWIDTH={Math.Ceiling(segments.Max(segment => segment.size * 8 / segment.seconds))},AVERAGE-BANDWIDTH={Math.Ceiling(segments.Sum(segment => segment.size) * 8 / Seconds)},RESOLUTION=160x120,",
            master,
            StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(result.Output.FullName, "segment-00001.m4s")));
        FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, new FileInfo(Path.Combine(result.Output.FullName, "media.m3u8")), countPackets: true);
        Assert.Equal(120, report.Video!.Packets);
        await AssertCaptionsMeetPictureAndSoundAsync(result.Output.FullName);
    }

    // RFC 8216, 3.5: the cue's time less LOCAL is added to MPEGTS, in ticks of 90 kHz of the segments' own time.
    private async Task AssertCaptionsMeetPictureAndSoundAsync(string package)
    {
        string captions = await File.ReadAllTextAsync(Path.Combine(package, "captions.vtt"));
        const string Before = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:";
        const string Behind = "\n\n00:00:01.000 --> 00:00:03.000\nHello\n";
        Assert.StartsWith(Before, captions, StringComparison.Ordinal);
        Assert.EndsWith(Behind, captions, StringComparison.Ordinal);
        double shown = 1 + (long.Parse(captions.AsSpan()[Before.Length..^Behind.Length], NumberStyles.None, CultureInfo.InvariantCulture) / 90_000.0);
        await Tools.Run.RunAsync(
            ["-copyts", "-i", "file:" + Path.Combine(package, "media.m3u8"), "-vf", "fps=10:start_time=0", "-c:v", "ffv1", "-af", "aresample=async=1:first_pts=0", "-c:a", "pcm_s16le", "-y", "played.mkv"],
            _scratch.Directory);
        Decoded played = await Decoded.ReadAsync(_scratch.File("played.mkv"), 160, 120, 10);
        Assert.InRange(played.Flashes(80, 40).Min(flash => Math.Abs(flash - shown)), 0, 0.05);
        Assert.InRange(played.Beeps().Min(beep => Math.Abs(beep - shown)), 0, 0.03);

        // Browsers take one entry of an edit list, and not one that is empty: sound behind such a one is early.
        byte[] init = await File.ReadAllBytesAsync(Path.Combine(package, "init.mp4"));
        int lists = 0;
        for (int at = init.AsSpan().IndexOf("elst"u8); at >= 0; at = init.AsSpan(at + 4).IndexOf("elst"u8) is >= 0 and int next ? at + 4 + next : -1)
        {
            lists++;
            Assert.Equal((0, 1), (init[at + 4], BinaryPrimitives.ReadInt32BigEndian(init.AsSpan(at + 8))));
            Assert.InRange(BinaryPrimitives.ReadInt32BigEndian(init.AsSpan(at + 16)), 0, int.MaxValue);
        }

        Assert.Equal(2, lists);
    }

    [Theory]
    [InlineData("6:100 6:400 6:100", 534, 267)]
    [InlineData("6:100 2:400", 500, 500)]
    [InlineData("2:900 6:100 6:100 1:800", 1029, 1014)]
    [InlineData("1:50", 400, 400)]
    public void The_bandwidth_is_that_of_the_row_of_segments_that_needs_most(string segments, long peak, long average)
    {
        string[] playlist = ["#EXTM3U", "#EXT-X-TARGETDURATION:6", .. segments.Split(' ').SelectMany(segment => new[] { $"#EXTINF:{segment.Split(':')[0]}.000000,", segment.Split(':')[1] })];
        Assert.Equal((peak, average), HlsPackage.Bandwidth(playlist, long.Parse));
    }

    [Theory]
    [InlineData("mp3", "mp3")]
    [InlineData("m4a", "aac")]
    public async Task Sound_alone(string format, string codec)
    {
        CompositionResult result = await ComposeAsync(Small with { Format = format }, "out." + format);
        FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, (FileInfo)result.Output);
        Assert.Equal(codec, Assert.Single(report.Streams).Codec);
        Assert.Equal(((FileInfo)result.Output).Length, result.Bytes);
        Assert.InRange(report.DurationSeconds, Seconds - 0.1, Seconds + 0.1);
    }

    [Fact]
    public async Task A_wav_for_each_speaker()
    {
        CompositionResult result = await ComposeAsync(Small with { Format = "wav" }, "wavs");
        FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, Assert.Single(result.Files));
        Assert.Equal("alice.wav", report.File.Name);
        Assert.Equal((1, 48_000), (report.Audio!.Channels, report.Audio.SampleRate));
        Assert.InRange(report.DurationSeconds, Seconds - 0.001, Seconds + 0.001);
    }

    [Fact]
    public async Task A_whole_track_is_copied_and_not_encoded()
    {
        CompositionResult copied = await ComposeAsync(Small with { Format = "webm", Layout = "single:alice" }, "copied.webm");
        FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, (FileInfo)copied.Output, countPackets: true);
        Assert.Equal("vp8 opus", string.Join(' ', report.Streams.Select(stream => stream.Codec)));

        // The camera's own size and every one of its 30 pictures a second.
        Assert.Equal((176, 144, 360L), (report.Video!.Width, report.Video.Height, report.Video.Packets));

        // Each packet has the time and the bytes that it has in the remuxed track.
        IReadOnlyList<PublishedFile> tracks = (await _composer.RemuxAsync(_room.Directory, _scratch.Directory)).Outputs;
        PublishedFile camera = tracks.Single(track => track.File.EndsWith("alice-video.mkv", StringComparison.Ordinal));
        StoredPackets stored = await StoredPackets.ReadAsync(new FileInfo(Path.Combine(_scratch.Directory.FullName, camera.File)));
        StoredPackets published = await StoredPackets.ReadAsync((FileInfo)copied.Output);
        Assert.Equal(360, stored.Hashes.Count);
        Assert.Equal(stored.Hashes, published.Hashes);
        Assert.Equal(stored.PtsMs, published.PtsMs);
        CompositionResult encoded = await ComposeAsync(Small with { Format = "webm", Layout = "single:alice", Copies = false, FrameRate = 1, ToSeconds = 1.4, Thumbnails = true }, "encoded.webm");
        report = await FfprobeReport.ReadAsync(Tools.Run, (FileInfo)encoded.Output, countPackets: true);
        Assert.Equal(("vp9", 160, 120, 1L), (report.Video!.Codec, report.Video.Width, report.Video.Height, report.Video.Packets));

        // There is no picture at the time of the poster: it is the one before.
        Assert.Equal((160, 120), await SizeAsync(Made(encoded, "poster.jpg")));
    }

    [Fact]
    public async Task A_participant_who_is_not_there_cannot_be_composed()
    {
        var error = await Assert.ThrowsAsync<RecordingException>(() => ComposeAsync(Small with { Layout = "single:nobody" }, "out.mp4"));
        Assert.Contains("no participant \"nobody\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")]
    [InlineData("ffconcat version 1.0\nfile /etc/passwd\n")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>")]
    public async Task A_background_that_is_no_picture_is_refused(string content)
    {
        FileInfo image = _scratch.File("background.png");
        await File.WriteAllTextAsync(image.FullName, content);
        var error = await Assert.ThrowsAsync<RecordingException>(() => ComposeAsync(Small with { ToSeconds = 1 }, "out.mp4", new OfflineInputs(BackgroundImage: image)));
        Assert.Contains("background_image: expected a PNG or JPEG", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_background_picture_shows_where_nothing_else_is()
    {
        FileInfo image = _scratch.File("background.png");
        await Tools.Run.RunAsync(["-f", "lavfi", "-i", "color=c=red:s=64x64", "-frames:v", "1", "-y", image.FullName], _scratch.Directory);
        CompositionSettings settings = CompositionSettings.Parse("""{"width":160,"height":120,"frame_rate":10,"to_s":1,"layout":{"regions":[{"x":"50%","width":"50%","sources":["camera:*"]}]}}""");
        CompositionResult result = await ComposeAsync(settings, "out.mp4", new OfflineInputs(BackgroundImage: image));
        Decoded decoded = await Decoded.ReadAsync((FileInfo)result.Output, 160, 120, 10);
        Assert.Equal("red", decoded.ColourAt(0.5, 20, 60));
        Assert.Equal("blue", decoded.ColourAt(0.5, 120, 60));
    }

    private static FileInfo Made(CompositionResult result, string name) => result.Files.Single(file => file.Name == name);

    private static async Task<(int Width, int Height)> SizeAsync(FileInfo file)
    {
        FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, file);
        return (report.Video!.Width, report.Video.Height);
    }

    private async Task<string> QueryAsync(string what, FileSystemInfo file)
    {
        var text = new System.Text.StringBuilder();
        await Tools.Run.ProbeAsync(["-v", "error", what, "-i", "file:" + file.FullName], _scratch.Directory, line => text.AppendLine(line), CancellationToken.None);
        return text.ToString();
    }

    private Task<CompositionResult> ComposeAsync(CompositionSettings settings, string output, OfflineInputs? inputs = null) =>
        _composer.ComposeAsync(_room.Directory, settings, _scratch.File(output), inputs: inputs);

    /// <summary>Alice for twelve seconds, with her screen from the sixth on.</summary>
    public sealed class Room : IAsyncLifetime
    {
        private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

        public DirectoryInfo Directory => _scratch.Directory;

        public async Task InitializeAsync()
        {
            var recording = new TestRecording(Directory, Seconds);
            await recording.AddVideoAsync("alice", "blue", 0, Seconds, options: new TestMedia { Size = "176x144" });
            await recording.AddAudioAsync("alice", 0, Seconds);
            await recording.AddVideoAsync("alice", "green", 6, Seconds - 6, options: new TestMedia { IsScreenshare = true, FrameRate = 2, KeyFrames = 4 });
            recording.SetPresence("alice", 0, Seconds, "Alice");
            recording.AddEvent(0, "active_speaker", "alice");
            await recording.WriteDocumentsAsync();
        }

        public Task DisposeAsync()
        {
            _scratch.Dispose();
            return Task.CompletedTask;
        }
    }
}

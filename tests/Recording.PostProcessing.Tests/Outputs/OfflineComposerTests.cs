using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>From a recording directory with real RTP to a decoded composite.</summary>
public sealed class OfflineComposerTests : IDisposable
{
    private const int Rate = 25;
    private static readonly CompositionSettings Small = CompositionSettings.Default with { Width = 320, Height = 120, FrameRate = Rate };
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly DirectoryInfo _recording;
    private readonly OfflineComposer _composer = new(new FfmpegOptions(), new RenderOptions { Preset = "ultrafast", Labels = false, ShortestChunkSeconds = 2, LongestChunkSeconds = 2 }, TimeProvider.System);

    public OfflineComposerTests() => _recording = _scratch.Directory.CreateSubdirectory("recording");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Stored_rtp_becomes_a_composite_of_the_right_length_in_sync_with_everybody_in_their_interval()
    {
        var recording = new TestRecording(_recording, 7.1);
        await recording.AddVideoAsync("alice", "blue", 0, 7.1, delayMs: 45);
        await recording.AddAudioAsync("alice", 0.3, 6.8, delayMs: 5);

        // bob's stream begins in the middle: his first second of pictures cannot be decoded.
        await recording.AddVideoAsync("bob", "red", 2, 3, delayMs: 30, dropFirst: 7);
        recording.SetPresence("alice", 0, 7.1);
        recording.SetPresence("bob", 2, 5);
        await recording.WriteDocumentsAsync();
        double last = 0;
        FileInfo output = _scratch.File("out.mp4");
        CompositionResult result = await _composer.ComposeAsync(_recording, Small, output, new DirectProgress<CompositionProgress>(progress => last = progress.Fraction));
        Assert.InRange(result.DurationSeconds, 7.0, 7.2);
        Assert.Equal(1, last, 3);
        Assert.Equal(result.Bytes, output.Length);
        Assert.Equal("metadata.json timeline.json", string.Join(' ', _recording.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal)));

        Decoded decoded = await Decoded.ReadAsync(output, Small.Width, Small.Height, Rate);
        Assert.Equal(178, decoded.Frames);
        Assert.Equal("blue", decoded.ColourAt(1.5, 160, 60));
        Assert.Equal("blue", decoded.ColourAt(2.5, 80, 60));
        Assert.Equal("other", decoded.ColourAt(2.5, 210, 20));
        Assert.Equal("red", decoded.ColourAt(3.5, 240, 60));
        Assert.Equal("red", decoded.ColourAt(4.8, 240, 60));
        Assert.Equal("blue", decoded.ColourAt(5.5, 160, 60));

        List<double> beeps = decoded.Beeps();
        Assert.Equal(7, beeps.Count);
        for (int second = 1; second <= 7; second++)
        {
            double flash = decoded.Flashes(second is >= 2 and < 5 ? 80 : 160, 60).Single(time => Math.Abs(time - second) < 0.3);
            double beep = beeps[second - 1];
            Assert.InRange(flash - beep, -0.04, 0.04);
        }
    }

    [Fact]
    public async Task A_muted_camera_gives_way_to_initials()
    {
        var recording = new TestRecording(_recording, 3);
        await recording.AddVideoAsync("alice", "blue", 0, 3);
        recording.SetPresence("alice", 0, 3, "Alice Cooper");
        recording.AddEvent(1, "producer_paused", "alice", "alice-video");
        recording.AddEvent(2, "producer_resumed", "alice", "alice-video");
        await recording.WriteDocumentsAsync();
        FileInfo output = _scratch.File("out.mp4");
        await _composer.ComposeAsync(_recording, Small, output);
        Decoded decoded = await Decoded.ReadAsync(output, Small.Width, Small.Height, Rate);
        Assert.Equal("blue", decoded.ColourAt(0.5, 160, 60));
        Assert.Equal("other", decoded.ColourAt(1.5, 100, 20));
        Assert.Equal("blue", decoded.ColourAt(2.5, 160, 60));
    }

    [Fact]
    public async Task A_track_of_an_unknown_codec_is_left_out_and_named_and_so_is_a_part_in_another_codec()
    {
        var recording = new TestRecording(_recording, 2);
        await recording.AddAudioAsync("alice", 0, 2);
        await recording.AddAudioAsync("bob", 0, 2, options: new TestMedia { Codec = "x-unknown" });
        await recording.AddAudioAsync("carol", 0, 2, options: new TestMedia { OtherCodecFrom = 1.5 });
        await recording.WriteDocumentsAsync();
        CompositionResult result = await _composer.ComposeAsync(_recording, Small with { Format = "m4a" }, _scratch.File("out.m4a"));
        Assert.Equal(
            [
                ("bob-audio", "no frame of its codec x-unknown can be decoded", RecordingErrorCode.UnsupportedCodec),
                ("carol-audio", "26 of its packets are of another codec than opus: only what is opus is in the output", RecordingErrorCode.UnsupportedCodec),
            ],
            result.Skipped.Select(track => (track.TrackId, track.Reason, track.Code)));
    }

    [Fact]
    public async Task Remuxing_gives_a_file_for_each_track_that_can_be_decoded()
    {
        var recording = new TestRecording(_recording, 2);
        await recording.AddVideoAsync("al%27ice", "green", 0.5, 1.5);
        await recording.AddAudioAsync("al%27ice", 0, 2);
        await recording.WriteDocumentsAsync();
        IReadOnlyList<PublishedFile> files = (await _composer.RemuxAsync(_recording, _recording)).Outputs;
        Assert.Equal("processed/tracks/al%27ice-audio.mkv processed/tracks/al%27ice-video.mkv", string.Join(' ', files.Select(file => file.File).Order(StringComparer.Ordinal)));
        foreach (PublishedFile file in files)
        {
            var made = new FileInfo(Path.Combine(_recording.FullName, file.File));
            Assert.Equal(file.Bytes, made.Length);
            Assert.Equal("", await FfprobeReport.DecodeAsync(Tools.Run, made));
            FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, made);
            Assert.InRange(report.Streams[0].StartSeconds, report.Video is null ? -0.05 : 0.45, report.Video is null ? 0.05 : 0.55);
        }
    }

    [Fact]
    public async Task A_recording_that_goes_on_cannot_be_composed()
    {
        var recording = new TestRecording(_recording, 2);
        await recording.WriteDocumentsAsync(ended: false);
        var error = await Assert.ThrowsAsync<RecordingException>(() => _composer.ComposeAsync(_recording, Small, _scratch.File("out.mp4")));
        Assert.Equal(RecordingErrorCode.WrongState, error.Code);
    }

    [Fact]
    public async Task A_missing_track_file_is_named_and_nothing_is_left_behind()
    {
        var recording = new TestRecording(_recording, 2);
        await recording.AddVideoAsync("alice", "blue", 0, 1);
        await recording.WriteDocumentsAsync();
        File.Delete(Path.Combine(_recording.FullName, "tracks/alice-video.rtp"));
        FileInfo output = _scratch.File("out.mp4");
        var error = await Assert.ThrowsAsync<RecordingException>(() => _composer.ComposeAsync(_recording, Small, output));
        Assert.Equal(RecordingErrorCode.NotFound, error.Code);
        Assert.Contains("tracks/alice-video.rtp", error.Message, StringComparison.Ordinal);
        Assert.False(output.Exists);
    }

    [Theory]
    [InlineData("mp4", true)]
    [InlineData("hls", false)]
    public async Task An_output_that_cannot_be_delivered_is_refused_before_anything_is_rendered(string format, bool isFolder)
    {
        FileInfo output = _scratch.File("taken");
        if (isFolder)
        {
            output.Directory!.CreateSubdirectory(output.Name);
        }
        else
        {
            await File.WriteAllTextAsync(output.FullName, "mine");
        }

        // There is no recording yet: whoever looks for it first says 4004.
        foreach (FileInfo place in new[] { output, new FileInfo(Path.Combine(Environment.ProcessPath!, "out")) })
        {
            var error = await Assert.ThrowsAsync<RecordingException>(() => _composer.ComposeAsync(_recording, Small with { Format = format }, place));
            Assert.Equal(RecordingErrorCode.ProtocolViolation, error.Code);
            Assert.Contains("output: ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Files_that_cannot_all_be_delivered_change_nothing()
    {
        DirectoryInfo target = _scratch.Directory.CreateSubdirectory("target");
        FileInfo[] sources = [_scratch.File("first"), _scratch.File("second")];
        FileInfo[] places = [.. sources.Select(source => new FileInfo(Path.Combine(target.FullName, source.Name)))];
        await File.WriteAllTextAsync(sources[0].FullName, "new");
        await File.WriteAllTextAsync(places[0].FullName, "old");

        Assert.Throws<FileNotFoundException>(() => OfflineDelivery.Place([.. sources.Zip(places)]));
        Assert.Equal("old", await File.ReadAllTextAsync(Assert.Single(target.GetFiles()).FullName));

        await File.WriteAllTextAsync(sources[1].FullName, "also new");
        OfflineDelivery.Place([.. sources.Zip(places)]);
        Assert.Equal("first new, second also new", string.Join(", ", target.GetFiles().Select(file => $"{file.Name} {File.ReadAllText(file.FullName)}").Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task A_track_name_that_leads_out_of_the_recording_is_refused()
    {
        var recording = new TestRecording(_recording, 2);
        await recording.AddAudioAsync("alice", 0, 1);
        await recording.WriteDocumentsAsync();
        string metadata = Path.Combine(_recording.FullName, "metadata.json");
        await File.WriteAllTextAsync(metadata, (await File.ReadAllTextAsync(metadata)).Replace("tracks/alice-audio.rtp", "../../../etc/passwd", StringComparison.Ordinal));
        var error = await Assert.ThrowsAsync<RecordingException>(() => _composer.ComposeAsync(_recording, Small, _scratch.File("out.mp4")));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, error.Code);
    }
}

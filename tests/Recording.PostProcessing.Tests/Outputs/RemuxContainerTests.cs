using System.Globalization;
using System.Text;
using Recording.Media.Remuxing;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Tests.Outputs;

/// <summary>Tracks of every codec in every container, as ffprobe and FFmpeg's decoders find them.</summary>
public sealed class RemuxContainerTests(CodecRoom room) : IClassFixture<CodecRoom>, IDisposable
{
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Matroska_takes_every_codec()
    {
        TaskProducts made = room.Made["mkv"];
        Assert.Empty(made.Skipped);
        string[] expected =
        [
            "ann-audio pcm_mulaw 30", "ann-video av1 12", "bob-audio pcm_alaw 30", "bob-video hevc 12", "cid-video h264 12", "dan-video vp9 12", "eve-audio opus 102", "eve-video vp8 10",
        ];
        List<string> found = [];
        foreach (string trackId in made.Outputs.Select(file => Path.GetFileNameWithoutExtension(file.File)).Order(StringComparer.Ordinal))
        {
            FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, room.File("mkv", trackId), countPackets: true);
            found.Add($"{trackId} {report.Streams[0].Codec} {report.Streams[0].Packets}");
        }

        Assert.Equal(expected, found, StringComparer.Ordinal);
        await AssertDecodesAsync("mkv", made);
    }

    [Fact]
    public async Task Webm_has_the_same_packets_at_the_same_times_and_what_it_does_not_take_is_named()
    {
        TaskProducts made = room.Made["webm"];
        Assert.Equal(Names("webm", "ann-video", "dan-video", "eve-audio", "eve-video"), made.Outputs.Select(file => file.File).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal(
            ["ann-audio pcmu", "bob-audio pcma", "bob-video h265", "cid-video h264"],
            made.Skipped.Select(track => $"{track.TrackId} {track.Reason.Split(' ')[3].TrimEnd(',')}").Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.All(made.Skipped, track => Assert.Equal(RecordingErrorCode.UnsupportedCodec, track.Code));
        Assert.Equal("its codec is h264, and webm takes vp8, vp9, av1, opus only", made.Skipped.Single(track => track.TrackId == "cid-video").Reason);
        foreach (string trackId in (string[])["ann-video", "dan-video", "eve-audio", "eve-video"])
        {
            List<(double Time, int Bytes)> expected = await PacketsAsync("mkv", trackId);
            List<(double Time, int Bytes)> packets = await PacketsAsync("webm", trackId);
            Assert.Equal(expected.Select(packet => packet.Bytes), packets.Select(packet => packet.Bytes));
            Assert.All(expected.Zip(packets), pair => Assert.InRange(pair.Second.Time - pair.First.Time, -0.001, 0.001));
            byte[] head = (await File.ReadAllBytesAsync(room.File("webm", trackId).FullName))[..64];
            Assert.Contains("webm", Encoding.ASCII.GetString(head), StringComparison.Ordinal);
        }

        // Nothing is put into the pause, and nothing is moved.
        List<(double Time, int Bytes)> pictures = await PacketsAsync("webm", "eve-video");
        Assert.InRange(pictures[4].Time, 4.29, 4.33);
        Assert.InRange(pictures[5].Time, 16.49, 16.53);
        await AssertDecodesAsync("webm", made);
    }

    [Fact]
    public async Task Ogg_takes_opus_and_is_silent_for_exactly_as_long_as_nothing_came()
    {
        TaskProducts made = room.Made["ogg"];
        Assert.Equal(Names("ogg", "eve-audio"), made.Outputs.Select(file => file.File), StringComparer.Ordinal);
        Assert.Equal(7, made.Skipped.Count);
        Assert.All(made.Skipped, track => Assert.Equal((RecordingErrorCode.UnsupportedCodec, true), (track.Code, track.Reason.EndsWith("ogg takes opus only", StringComparison.Ordinal))));

        // Three bytes are silence that was put in; an encoder's packets of sound are longer. Ogg counts from the recording's beginning.
        List<(double Time, int Bytes)> expected = await PacketsAsync("mkv", "eve-audio");
        List<(double Time, int Bytes)> packets = await PacketsAsync("ogg", "eve-audio");
        List<(double Time, int Bytes)> sound = [.. packets.Where(packet => packet.Bytes != 3)];
        Assert.DoesNotContain(expected, packet => packet.Bytes == 3);
        Assert.Equal(expected.Select(packet => packet.Bytes), sound.Select(packet => packet.Bytes));
        Assert.All(expected.Zip(sound), pair => Assert.InRange(pair.Second.Time - pair.First.Time, -0.0035, 0.001));
        Assert.Equal(0, packets[0].Time, 3);
        Assert.InRange(packets.Count(packet => packet.Bytes == 3), (3.5 + 12) * 50 - 5, ((3.5 + 12) * 50) + 10);

        // By the count of samples alone, as players of Ogg hear it.
        await Tools.Run.RunAsync(["-i", room.File("ogg", "eve-audio").FullName, "-ac", "1", "-ar", "48000", "-f", "s16le", "-y", "samples"], _scratch.Directory);
        List<double> beeps = Decoded.BeepsOf(await File.ReadAllBytesAsync(_scratch.File("samples").FullName));
        Assert.Equal(2, beeps.Count);
        Assert.InRange(beeps[0], 3.5, 3.53);
        Assert.InRange(beeps[1], 16.5, 16.53);
        await AssertDecodesAsync("ogg", made);
    }

    [Fact]
    public async Task A_film_in_webm_with_vp8_shows_and_plays_tracks_of_every_codec()
    {
        CompositionSettings settings = CompositionSettings.Parse(
            """{"format":"webm","video_codec":"vp8","width":160,"height":120,"frame_rate":10,"to_s":2.4,"labels":false,"microphones":false}""");
        FileInfo output = _scratch.File("out.webm");
        CompositionResult result = await new OfflineComposer(new FfmpegOptions(), new RenderOptions(), TimeProvider.System).ComposeAsync(room.Recording, settings, output);
        Assert.Empty(result.Skipped);
        FfprobeReport report = await FfprobeReport.ReadAsync(Tools.Run, output, countPackets: true);
        Assert.Equal(("vp8", "opus", 24L), (report.Video!.Codec, report.Audio!.Codec, report.Video.Packets));
        Decoded decoded = await Decoded.ReadAsync(output, 160, 120, 10);
        Assert.All([0.35, 1.25, 2.35], time => Assert.Equal(
            (time, "red green blue white"),
            (time, $"{decoded.ColourAt(time, 40, 30)} {decoded.ColourAt(time, 120, 30)} {decoded.ColourAt(time, 40, 90)} {decoded.ColourAt(time, 120, 90)}")));
        Assert.InRange(decoded.Pitch(0.5, 0.9), 395, 405);
        Assert.InRange(decoded.Pitch(1.5, 1.9), 990, 1010);
        Assert.All([(0.1, 0.35), (1.1, 1.35), (2.1, 2.35)], silence => Assert.InRange(decoded.Peak(silence.Item1, silence.Item2), 0, 200));
    }

    [Fact]
    public async Task Each_track_that_nothing_can_be_made_of_says_why_in_a_code_of_its_own()
    {
        DirectoryInfo directory = _scratch.Directory.CreateSubdirectory("recording");
        var recording = new TestRecording(directory, 3700);
        await recording.AddAudioAsync("ann", 3650, 0.5);
        await recording.AddVideoAsync("bob", "red", 0, 1, dropFirst: 1, options: new TestMedia { Size = "80x60", FrameRate = 5, KeyFrames = 1000 });
        await recording.AddAudioAsync("cid", 0, 0.5, options: new TestMedia { Codec = "x-unknown" });
        await recording.AddPacketsAsync("dan", isAudio: true, "opus", 111, 48_000, 0, 1, []);
        await recording.WriteDocumentsAsync();
        TaskProducts made = await new OfflineComposer(new FfmpegOptions(), new RenderOptions(), TimeProvider.System).RemuxAsync(directory, directory, new RemuxSettings(RemuxContainer.Ogg));
        Assert.Empty(made.Outputs);
        string[] expected =
        [
            "ann-audio 2004 True nothing is heard for 3650 s; ogg, which keeps no times, would be filled with silence, at most 3600 s at once: webm keeps gaps of any length",
            "bob-video 4003 True no frame of its codec vp8 can be decoded",
            "cid-audio 3002 True no frame of its codec x-unknown can be decoded",
            "dan-audio 0 False it holds no packets",
        ];
        Assert.Equal(expected, made.Skipped.OrderBy(track => track.TrackId, StringComparer.Ordinal).Select(track => $"{track.TrackId} {(int)track.Code} {track.IsMissed} {track.Reason}"), StringComparer.Ordinal);
    }

    [Fact]
    public async Task One_track_alone_is_copied_where_the_container_takes_its_codec_and_its_telephone_is_heard()
    {
        DirectoryInfo directory = _scratch.Directory.CreateSubdirectory("recording");
        var recording = new TestRecording(directory, 1);
        foreach ((string peer, string codec, string colour, string telephone, int pitch) in new[] { ("ann", "av1", "red", "pcmu", 400), ("bob", "h264", "lime", "pcma", 1000) })
        {
            await recording.AddPicturesAsync(peer, codec, colour, 0, 1);
            await recording.AddToneAsync(peer, telephone, pitch, 0, 1);
            recording.SetPresence(peer, 0, 1);
        }

        await recording.WriteDocumentsAsync();
        var composer = new OfflineComposer(new FfmpegOptions(), new RenderOptions { Preset = "ultrafast" }, TimeProvider.System);
        CompositionSettings small = CompositionSettings.Default with { Width = 160, Height = 120, FrameRate = 10, Labels = false, Microphones = false };

        // A copy has the camera's own size and pictures.
        foreach ((string peer, string format, string stream, string colour, int pitch) in new[]
        {
            ("ann", "webm", "av1 80x60 5", "red", 400), ("bob", "mp4", "h264 80x60 5", "green", 1000),
        })
        {
            FileInfo output = _scratch.File($"{peer}.{format}");
            await composer.ComposeAsync(directory, small with { Layout = $"single:{peer}", Format = format }, output);
            FfprobeStream video = (await FfprobeReport.ReadAsync(Tools.Run, output, countPackets: true)).Video!;
            Assert.Equal(stream, $"{video.Codec} {video.Width}x{video.Height} {video.Packets}");
            Decoded decoded = await Decoded.ReadAsync(output, video.Width, video.Height, (int)video.Packets);
            Assert.Equal(colour, decoded.ColourAt(0.5, video.Width / 2, video.Height / 2));
            Assert.InRange(decoded.Pitch(0.3, 0.8), pitch - 5, pitch + 5);
        }
    }

    [Theory]
    [InlineData("h265", "mp4", false)]
    [InlineData("av1", "mp4", false)]
    [InlineData("h264", "mp4", true)]
    [InlineData("h265", "webm", false)]
    [InlineData("h264", "webm", false)]
    [InlineData("vp9", "webm", true)]
    public void A_film_is_of_codecs_that_every_player_of_its_format_knows(string codec, string format, bool copies)
    {
        RecordedTimeline timeline = Rooms.Of(1, ("ann", 0, 1));
        timeline = timeline with { Tracks = [timeline.Tracks[0] with { Codec = codec }, timeline.Tracks[1]] };
        CompositionPlan plan = CompositionPlan.Create(timeline, CompositionSettings.Default with { Layout = "single:ann", Format = format }, new RenderOptions());
        Assert.Equal(copies ? "ann-video" : null, plan.CopiedTrackId);
    }

    [Theory]
    [InlineData(RemuxContainer.WebM, "container: webm takes vp8, vp9, av1, opus only, and no track is of these: ann-video is h264, ann-audio is pcmu")]
    [InlineData(RemuxContainer.Ogg, "container: ogg takes opus only, and no track is of these: ann-video is h264, ann-audio is pcmu")]
    public void A_container_that_takes_no_track_is_refused_with_every_track(RemuxContainer container, string message)
    {
        RecordedTimeline timeline = Rooms.Of(1, ("ann", 0, 1));
        timeline = timeline with { Tracks = [.. timeline.Tracks.Select(track => track with { Codec = track.IsAudio ? "audio/PCMU" : "H264" })] };
        RecordingException refused = Assert.Throws<RecordingException>(() => CompositionPlan.CreateRemux(timeline, new RemuxSettings(container), new RenderOptions()));
        Assert.Equal((RecordingErrorCode.UnsupportedCodec, message), (refused.Code, refused.Message));

        // RED wraps Opus; what is not said may be anything.
        foreach (string codec in (string[])["audio/red", "opus", ""])
        {
            RecordedTimeline mixed = timeline with { Tracks = [timeline.Tracks[0], timeline.Tracks[1] with { Codec = codec }] };
            Assert.Equal(
                Names(container.Name(), "ann-video", "ann-audio"),
                CompositionPlan.CreateRemux(mixed, new RemuxSettings(container), new RenderOptions()).Groups.SelectMany(group => group.Tracks).Select(track => track.Output),
                StringComparer.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"container":"avi"}""", "remux settings: container: expected one of mkv, webm, ogg, found \"avi\"")]
    [InlineData("""{"format":"webm"}""", "remux settings: format: no such field; there are container")]
    [InlineData("""["webm"]""", "remux settings: expected a JSON object, found Array")]
    public void Settings_that_mean_nothing_are_refused_with_their_field(string json, string message)
    {
        RecordingException refused = Assert.Throws<RecordingException>(() => RemuxSettings.Parse(json));
        Assert.Equal((RecordingErrorCode.ProtocolViolation, message), (refused.Code, refused.Message));
    }

    private static string[] Names(string container, params string[] trackIds) => [.. trackIds.Select(trackId => $"processed/tracks/{trackId}.{container}")];

    private async Task AssertDecodesAsync(string container, TaskProducts made)
    {
        string[] inputs = [.. made.Outputs.SelectMany(file => new[] { "-i", room.File(container, Path.GetFileNameWithoutExtension(file.File)).FullName })];
        string[] maps = [.. Enumerable.Range(0, made.Outputs.Count).SelectMany(i => new[] { "-map", i.ToString(CultureInfo.InvariantCulture) })];
        Assert.Equal("", await Tools.Run.RunAsync(["-loglevel", "error", "-err_detect", "explode", .. inputs, .. maps, "-fps_mode", "passthrough", "-enc_time_base:v", "1/1000", "-f", "null", "-"], _scratch.Directory));
    }

    private async Task<List<(double Time, int Bytes)>> PacketsAsync(string container, string trackId)
    {
        List<(double, int)> packets = [];
        await Tools.Run.ProbeAsync(
            ["-v", "error", "-show_entries", "packet=pts_time,size", "-of", "csv=p=0", room.File(container, trackId).FullName],
            _scratch.Directory,
            line =>
            {
                string[] fields = line.Split(',');
                packets.Add((double.Parse(fields[0], CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture)));
            },
            CancellationToken.None);
        return packets;
    }
}

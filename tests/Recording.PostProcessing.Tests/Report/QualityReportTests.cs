using System.Buffers.Binary;
using System.Text;
using NJsonSchema;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Report;
using Recording.PostProcessing.Tests.Support;

namespace Recording.PostProcessing.Tests.Report;

/// <summary>Reports on made-up tracks: what real captures do not hold.</summary>
public sealed class QualityReportTests
{
    private const long OriginUs = 1_750_000_000_000_000;
    private const int PacketUs = 20_000;

    [Fact]
    public async Task A_recording_without_a_fault_has_100_and_says_so()
    {
        using var recording = new ReportedRecording(OriginUs, 10);
        recording.Add("audio", Sound(500));
        QualityReport report = await recording.ReportAsync();
        Assert.Equal((100, 100), (report.Score, report.Participants[0].Tracks[0].Score));
        Assert.Equal("Nothing was lost, held up or frozen.", Assert.Single(report.Findings).Text);
        Assert.Null(report.Participants[0].AvErrorMs);
        Assert.Equal("ok", Assert.Single(report.Files).State);
        Assert.Contains(report.Policy, decision => decision.Text.StartsWith("At start: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sound_of_a_codec_that_is_kept_raw_only_is_a_fault()
    {
        using var recording = new ReportedRecording(OriginUs, 10);
        recording.Add("audio", Sound(500, codec: "x-unknown"));
        QualityReport report = await recording.ReportAsync();
        Assert.Equal(40, report.Participants[0].Tracks[0].Score);
        Assert.Contains(report.Findings, finding => finding is { Severity: "major", Text: "No sound can be heard: its codec x-unknown is kept raw only" });
    }

    [Fact]
    public async Task What_the_link_missed_is_not_called_loss_and_what_the_network_held_up_is_not_called_missing()
    {
        using var recording = new ReportedRecording(OriginUs, 20);
        var builder = new TrackFileBuilder("audio", TrackFileBuilder.Opus());
        for (int i = 0; i < 1000; i++)
        {
            if (i == 300)
            {
                builder.AddMarker(new Marker { TimeUs = Time(300), Gap = new Marker.Types.Gap { FirstIndex = 301, LastIndex = 400, Reason = "link", DurationUs = 100 * PacketUs } });
            }

            if (i is >= 300 and < 400)
            {
                continue;
            }

            // Half a second late from packet 700 on, then all at once.
            long arrival = i is >= 700 and < 725 ? Time(725) + i : Time(i);
            builder.Add(arrival, Packet((ushort)i, (uint)(i * 960), 1));
        }

        recording.Add("audio", builder.Build());
        ReportTrack track = (await recording.ReportAsync()).Participants[0].Tracks[0];
        Assert.Equal((0, 100, 0), (track.Packets.Lost, track.Packets.Missed, track.Loss.Bursts));
        Assert.InRange(track.Gaps.LinkMs, 1_990, 2_010);
        Assert.Equal(0, track.Gaps.LossMs + track.Gaps.StoppedMs);
        ReportGap stall = Assert.Single(track.Gaps.List, gap => gap.Kind == "stalled");
        Assert.InRange(stall.T, 13_900, 14_050);
        Assert.InRange(stall.DurationMs, 400, 520);
        Assert.InRange(track.Score, 60, 95);
    }

    [Fact]
    public async Task A_pause_of_the_recording_is_no_fault()
    {
        using var recording = new ReportedRecording(OriginUs, 20);
        var builder = new TrackFileBuilder("audio", TrackFileBuilder.Opus());
        for (int i = 0; i < 1000; i++)
        {
            if (i == 500)
            {
                builder.AddMarker(new Marker { TimeUs = Time(500), Pause = new Marker.Types.Pause { By = "recording" } });
            }

            if (i is < 500 or >= 650)
            {
                builder.Add(Time(i), Packet((ushort)i, (uint)(i * 960), 1));
            }
        }

        recording.Add("audio", builder.Build());
        recording.AddEvent(Time(500), "recording_paused");
        recording.AddEvent(Time(650), "recording_resumed");
        QualityReport report = await recording.ReportAsync();
        ReportTrack track = report.Participants[0].Tracks[0];
        Assert.InRange(track.Gaps.PausedMs, 2_990, 3_010);
        Assert.Equal((0, 0, 100), (track.Packets.Lost, track.Gaps.LossMs, track.Score));
        Assert.Equal(3_000, Assert.Single(report.Pauses).DurationMs);
    }

    [Fact]
    public async Task Duplicates_and_packets_out_of_order_are_counted_and_cost_nothing()
    {
        using var recording = new ReportedRecording(OriginUs, 10);
        var builder = new TrackFileBuilder("audio", TrackFileBuilder.Opus());
        for (int i = 0; i < 500; i += 2)
        {
            builder.Add(Time(i), Packet((ushort)(i + 1), (uint)((i + 1) * 960), 1));
            builder.Add(Time(i) + 100, Packet((ushort)i, (uint)(i * 960), 1));
            if (i % 50 == 0)
            {
                builder.Add(Time(i) + 200, Packet((ushort)i, (uint)(i * 960), 1));
            }
        }

        recording.Add("audio", builder.Build());
        ReportTrack track = (await recording.ReportAsync()).Participants[0].Tracks[0];
        Assert.Equal((510, 500, 10, 250, 0), (track.Packets.Received, track.Packets.Media, track.Packets.Duplicates, track.Packets.Reordered, track.Packets.Lost));
        Assert.Equal(100, track.Score);
    }

    [Fact]
    public async Task Missing_changed_and_damaged_files_are_findings_and_not_errors()
    {
        using var recording = new ReportedRecording(OriginUs, 10);
        recording.Add("audio", Sound(500), change: track => track with { Sha256 = new string('0', 64) });
        byte[] damaged = Sound(500);
        damaged.AsSpan(damaged.Length / 2, 200).Fill(0xAA);
        recording.Add("audio", damaged);
        recording.Add("video", Sound(5), change: track => track with { File = "tracks/gone.rtp" });
        recording.Add("video", Sound(5), change: track => track with { File = null, Sha256 = null });
        recording.Add("video", [], change: track => track with { File = "../../etc/passwd", Sha256 = null });
        File.Delete(Path.Combine(recording.Directory.FullName, "tracks", "gone.rtp"));
        QualityReport report = await recording.ReportAsync("interrupted");
        IReadOnlyList<ReportTrack> tracks = report.Participants[0].Tracks;
        Assert.Equal(["changed", "ok", "missing", "missing"], report.Files.Select(file => file.State), StringComparer.Ordinal);
        Assert.Equal(70, tracks[0].Score);
        Assert.Equal(1, tracks[1].DamagedStretches);
        Assert.Equal((0, "its file is missing"), (tracks[2].Score, tracks[2].Problem));
        Assert.Equal("nothing of it was stored", tracks[3].Problem);
        Assert.Equal("its file is missing", tracks[4].Problem);
        Assert.Contains(report.Findings, finding => finding.Text.Contains("hash differs", StringComparison.Ordinal));
        Assert.Contains(report.Findings, finding => finding.Text.Contains("interrupted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_recording_without_tracks_has_a_report()
    {
        using var recording = new ReportedRecording(OriginUs, 10);
        QualityReport report = await recording.ReportAsync();
        Assert.Equal(0, report.Score);
        Assert.Contains("No track was recorded", HtmlReport.Write(report), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_field_of_the_JSON_is_in_its_schema_and_is_read_back_the_same()
    {
        JsonSchema schema = await JsonSchema.FromFileAsync(SchemaFile());
        using var recording = new ReportedRecording(OriginUs, 10);
        recording.Add("audio", Sound(500, skip: i => i is >= 100 and < 110));
        recording.AddEvent(Time(10), "active_speaker", "alice");
        recording.AddEvent(Time(100), "link_lost");
        recording.AddEvent(Time(150), "link_restored");
        using var captured = new ReportedRecording(OriginUs, 3);
        var made = new TestRecording(captured.Directory, 3);
        await made.AddVideoAsync("alice", "blue", 0, 3);
        await made.AddAudioAsync("alice", 0, 3);
        await made.WriteDocumentsAsync();
        using ScratchDirectory scratch = ScratchDirectory.Create();
        QualityReport withPictures = await new RecordingReporter(new DirectoryRecordingFiles(captured.Directory, scratch.Directory)).ReportAsync(scratch.Directory);
        Assert.Equal(90, withPictures.Participants[0].Tracks.Single(track => track.Kind == "video").Picture!.Frames);
        Assert.InRange(withPictures.Participants[0].AvErrorMs!.Value, 0, 5);
        foreach (QualityReport report in new[] { await recording.ReportAsync(), withPictures })
        {
            string json = Encoding.UTF8.GetString(ReportJson.Write(report));
            Assert.Empty(schema.Validate(json));
            Assert.Equal(json, Encoding.UTF8.GetString(ReportJson.Write(ReportJson.Read(Encoding.UTF8.GetBytes(json)))));
        }
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("a & b 'c' \u202Eevil\u202C \U0001F600 \u0000\u0007")]
    [InlineData("</title></style></svg>\n%s:{0}\\")]
    [InlineData("\uD800")]
    public async Task Hostile_names_are_shown_and_never_run(string name)
    {
        using var recording = new ReportedRecording(OriginUs, 10) { Name = name, RoomName = name };
        recording.Add("audio", Sound(500, skip: i => i is >= 100 and < 110), change: track => track with { Codec = name });
        recording.AddEvent(Time(10), "active_speaker", "alice");
        string html = HtmlReport.Write(await recording.ReportAsync());
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\0', html);
        Assert.Equal(1, Count(html, "</title></style>") + Count(html, "</style>"));
        Assert.True(Count(html, "<bdi>") >= 4);
        Assert.Equal(Count(html, "<bdi>"), Count(html, "</bdi>"));
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", html.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_of_many_hours_fit_into_a_bounded_curve()
    {
        var bins = new RateBins();
        for (int second = 0; second < 4 * 3600; second++)
        {
            bins.Add(OriginUs + (second * 1_000_000L), 125_000);
        }

        BitrateFigures figures = bins.Figures(OriginUs, 4 * 3600 * 1_000_000L);
        Assert.InRange(figures.Bps.Count, 100, 240);
        Assert.Equal(1_000_000, figures.MeanBps);
        Assert.All(figures.Bps.SkipLast(1), rate => Assert.Equal(1_000_000, rate));
        bins.Add(long.MaxValue, 1);
    }

    private static string SchemaFile()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Recording.sln")))
        {
            directory = directory.Parent ?? throw new DirectoryNotFoundException("The repository is not above the test binaries.");
        }

        return Path.Combine(directory.FullName, "docs", "schemas", "report.schema.json");
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static byte[] Sound(int packets, Predicate<int>? skip = null, string codec = "opus")
    {
        TrackFormat format = TrackFileBuilder.Opus();
        format.PayloadTypes[0].Codec = codec;
        var builder = new TrackFileBuilder("audio", format);
        for (int i = 0; i < packets; i++)
        {
            if (skip?.Invoke(i) != true)
            {
                builder.Add(Time(i), Packet((ushort)i, (uint)(i * 960), 1));
            }
        }

        return builder.Build();
    }

    private static long Time(int packet) => OriginUs + ((long)packet * PacketUs);

    // A 20 ms packet of Opus (RFC 6716 3.1: configuration 15, one frame).
    private static byte[] Packet(ushort sequence, uint timestamp, uint ssrc)
    {
        byte[] packet = new byte[12 + 30];
        packet[0] = 0x80;
        packet[1] = 111;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        packet[12] = 15 << 3;
        packet[13] = (byte)sequence;
        return packet;
    }
}

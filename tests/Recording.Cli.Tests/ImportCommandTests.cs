using System.Buffers.Binary;
using System.Text.Json;
using Recording.Media.Captures;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Cli.Tests;

public sealed class ImportCommandTests
{
    private const uint Audio = 0x1111;
    private const uint Video = 0x2222;
    private const uint Rtx = 0x3333;

    private static readonly string[] _map = ["--map", "111=opus/48000/2", "96=vp8/90000"];

    [Fact]
    public async Task A_real_capture_becomes_a_recording_with_each_packet_at_its_time()
    {
        using var folder = new ImportFolder();
        string capture = ImportFolder.Fixture("opus-dtx-vp8.pcap");

        CommandLineRun run = await folder.ImportAsync(capture);

        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        Assert.Equal("peer-1-video peer-1-audio", ImportFolder.TrackIds(run));
        Assert.Equal(Captured(capture, 0xa7a00406, 0x037deaa0), folder.Packets("peer-1-video"));
        Assert.Equal(Captured(capture, 0x47925fc1), folder.Packets("peer-1-audio"));
        EncodingFormat encoding = Assert.Single(folder.Format("peer-1-video").Encodings);
        Assert.Equal((0xa7a00406u, 0x037deaa0u), (encoding.Ssrc, encoding.RtxSsrc));
        Assert.Equal(0, ImportFolder.Track(run, "peer-1-audio").GetProperty("lost").GetInt32());
        await folder.AssertValidDocumentsAsync();
        await folder.AssertVerifiedAsync();
    }

    [Fact]
    public async Task Retransmissions_find_their_layer_without_an_sdp()
    {
        using var folder = new ImportFolder();
        using var described = new ImportFolder();
        string bare = folder.Write("bare.pcap", await File.ReadAllBytesAsync(ImportFolder.Fixture("vp8-simulcast.pcap")));

        CommandLineRun learnt = await folder.ImportAsync([bare, .. _map]);
        CommandLineRun told = await described.ImportAsync(ImportFolder.Fixture("vp8-simulcast.pcap"));

        Assert.Equal(ExitCode.Ok, learnt.ExitCode);
        foreach (CommandLineRun run in (CommandLineRun[])[learnt, told])
        {
            Assert.Equal(
                [(0xe198168eu, 0xb5df4189u), (0x43eebbc7u, 0u), (0xa7ed92b2u, 0x8d7b88d4u), (0x961d75a5u, 0u)],
                run.Json.GetProperty("tracks").EnumerateArray().Select(track => (First(track, "ssrcs"), First(track, "repair_ssrcs"))));
            Assert.Single(run.Json.GetProperty("peers").EnumerateArray());
        }

        PayloadFormat rtx = folder.Format("peer-1-video").PayloadTypes.Single(format => format.Codec == "rtx");
        Assert.Equal((97u, 96u), (rtx.Pt, rtx.Apt));
        Assert.Equal("q h f", string.Join(' ', ((string[])["peer-1-video", "peer-1-video-3", "peer-1-video-2"]).Select(track => described.Format(track).Encodings[0].Rid)));
    }

    [Fact]
    public async Task Layers_can_be_joined_in_one_track()
    {
        using var folder = new ImportFolder();

        CommandLineRun run = await folder.ImportAsync(ImportFolder.Fixture("vp8-simulcast.pcap"), "--join-layers");

        Assert.Equal("peer-1-video peer-1-audio", ImportFolder.TrackIds(run));
        Assert.Equal(3, folder.Format("peer-1-video").Encodings.Count);
        await folder.AssertVerifiedAsync();
    }

    [Fact]
    public async Task What_is_not_rtp_is_counted_and_left_out()
    {
        using var folder = new ImportFolder();
        byte[] stun = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42, .. new byte[12]];
        byte[] dtls = [22, 0xFE, 0xFD, .. new byte[20]];
        byte[] dns = [0x80, 0x60, 0x01, 0x00, .. new byte[20]];
        byte[] cutHeader = [0x8F, 96, 0, 1, .. new byte[12]];
        byte[] stray = CaptureBytes.Rtp(96, 7, 7, 0xDEAD);
        byte[] lone = CaptureBytes.Rtp(50, 7, 7, 0xBEEF);
        string capture = folder.Write("a.pcap", CaptureBytes.Pcap(Timed(
        [
            .. Enumerable.Range(0, 20).Select(i => CaptureBytes.Frame(CaptureBytes.Rtp(96, (ushort)i, (uint)(i * 3000), Video))),
            CaptureBytes.Frame(stun), CaptureBytes.Frame(dtls), CaptureBytes.Frame(dns, port: 53), CaptureBytes.Frame(cutHeader), CaptureBytes.Frame(stray), CaptureBytes.Frame(lone),
            CaptureBytes.Frame([]), CaptureBytes.Frame(CaptureBytes.Rtcp(Video, "")), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x08, 0x06, 0, 1],
        ])));

        CommandLineRun run = await folder.ImportAsync([capture, .. _map]);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(21, folder.Packets("peer-1-video").Count);
        JsonElement counts = run.Json.GetProperty("counts");
        Assert.Equal([22, 1, 1, 1, 2, 1, 1], ((string[])["rtp", "rtcp", "stun", "dtls", "other", "malformed", "not_udp"]).Select(name => counts.GetProperty(name).GetInt32()));
        Assert.Equal([0xDEADu, 0xBEEFu], run.Json.GetProperty("left_out").EnumerateArray().Select(stream => stream.GetProperty("ssrc").GetUInt32()));
        await folder.AssertVerifiedAsync();
    }

    [Fact]
    public async Task Fragmented_datagrams_are_joined()
    {
        using var folder = new ImportFolder();
        byte[][] large = [.. Enumerable.Range(0, 4).Select(i => CaptureBytes.Rtp(96, (ushort)i, 0, Video, [.. Enumerable.Range(0, 3000).Select(b => (byte)(b * (i + 1)))]))];
        byte[][] lost = [.. CaptureBytes.Fragments(CaptureBytes.Rtp(96, 9, 0, Video, new byte[3000]), 1000, 99).Take(2)];
        IEnumerable<byte[]> mixed = CaptureBytes.Fragments(large[0], 1000, 1).Concat(CaptureBytes.Fragments(large[1], 1000, 2).Reverse())
            .Concat(CaptureBytes.Fragments(large[2], 504, 3).Zip(CaptureBytes.Fragments(large[3], 504, 4), (a, b) => (byte[][])[a, b]).SelectMany(pair => pair));

        CommandLineRun run = await folder.ImportAsync([folder.Write("a.pcap", CaptureBytes.Pcap(Timed([.. mixed, .. lost]))), .. _map]);

        Assert.Equal(string.Join(' ', large.Select(Convert.ToHexStringLower)), string.Join(' ', folder.Packets("peer-1-video").Select(entry => entry.Packet)));
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal(1, run.Json.GetProperty("counts").GetProperty("incomplete_fragments").GetInt32());
    }

    [Fact]
    public async Task Packets_cut_by_the_snap_length_are_told_and_refused_when_none_is_whole()
    {
        using var folder = new ImportFolder();
        byte[][] frames = [CaptureBytes.Frame(CaptureBytes.Rtp(96, 1, 0, Video)), CaptureBytes.Frame(CaptureBytes.Rtp(96, 2, 0, Video, new byte[500]))];
        string some = folder.Write("some.pcap", CaptureBytes.Pcap(Timed(frames), snapLength: 96));
        string all = folder.Write("all.pcap", CaptureBytes.Pcap(Timed(frames[1..]), snapLength: 96));

        CommandLineRun refused = await folder.ImportAsync([all, .. _map]);
        CommandLineRun partly = await folder.ImportAsync([some, .. _map]);

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("snap length", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, partly.ExitCode);
        Assert.Single(folder.Packets("peer-1-video"));
    }

    [Fact]
    public async Task Packets_of_a_snap_length_that_the_capture_does_not_tell_count_as_cut()
    {
        using var folder = new ImportFolder();
        byte[][] frames = [.. Enumerable.Range(0, 4).Select(i => CaptureBytes.Frame(CaptureBytes.Rtp(96, (ushort)i, 0, Video, new byte[i % 2 == 0 ? 100 : 200])))];
        string capture = folder.Write("a.pcap", CaptureBytes.Pcap(Timed(frames)));

        CommandLineRun refused = await folder.ImportAsync([capture, "--snaplen", "0", .. _map]);
        CommandLineRun run = await folder.ImportAsync([capture, "--snaplen", $"{frames[1].Length}", .. _map]);

        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("--snaplen", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal(2, run.Json.GetProperty("counts").GetProperty("cut").GetInt32());
        Assert.Equal([0, 2], folder.Packets("peer-1-video").Select(entry => Convert.FromHexString(entry.Packet)[3]).Select(sequence => (int)sequence));
        await folder.AssertVerifiedAsync();
    }

    [Fact]
    public async Task A_capture_cut_anywhere_gives_what_is_whole()
    {
        using var folder = new ImportFolder();
        byte[] whole = CaptureBytes.Pcap(Timed([.. Enumerable.Range(0, 3).Select(i => CaptureBytes.Frame(CaptureBytes.Rtp(96, (ushort)i, 0, Video)))]));

        CommandLineRun run = await folder.ImportAsync([folder.Write("a.pcap", whole[..^5]), .. _map]);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Contains("ends inside a record", run.Json.GetProperty("defects")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(2, folder.Packets("peer-1-video").Count);
        await folder.AssertVerifiedAsync();
    }

    [Fact]
    public async Task Names_of_the_sdp_and_of_rtcp_tell_who_is_who_and_can_be_replaced()
    {
        using var folder = new ImportFolder();
        byte[][] frames =
        [
            .. Flow(Audio, 111, host: 1), .. Flow(Video, 96, host: 1), .. Flow(0x4444, 111, host: 2), .. Flow(0x5555, 96, host: 2),
            CaptureBytes.Frame(CaptureBytes.Rtcp(Audio, "ann"), 1), CaptureBytes.Frame(CaptureBytes.Rtcp(0x4444, "bob"), 2),
        ];
        string capture = folder.Write("a.pcap", CaptureBytes.Pcap(Timed(frames)));

        CommandLineRun run = await folder.ImportAsync([capture, .. _map, "--peer", "bob=Bob B.", "Ann"]);

        Assert.Equal("Ann-audio Ann-video Bob%20B.-audio Bob%20B.-video", ImportFolder.TrackIds(run));
        await folder.AssertValidDocumentsAsync();
    }

    [Fact]
    public async Task Janus_recordings_of_one_participant_become_one_recording()
    {
        using var folder = new ImportFolder();
        byte[][] audio = [.. Enumerable.Range(0, 5).Select(i => CaptureBytes.Rtp(111, (ushort)i, (uint)(i * 960), Audio))];
        byte[][] video = [.. Enumerable.Range(0, 5).Select(i => CaptureBytes.Rtp(96, (ushort)i, (uint)(i * 3000), Video))];
        string first = folder.Write("room-1-ann-audio-0.mjr", CaptureBytes.Mjr(
            """{"t":"a","c":"opus","f":"useinbandfec=1","x":{"1":"urn:ietf:params:rtp-hdrext:ssrc-audio-level"},"s":1750000000000000,"u":1750000000500000}""",
            audio.Select((packet, i) => ((uint)(i * 20), packet))));
        string second = folder.Write("room-1-ann-video-1.mjr", CaptureBytes.Mjr("""{"t":"v","c":"vp8","s":1750000000000000,"u":1750000000600000}""", video.Select((packet, i) => ((uint)(i * 33), packet))));

        CommandLineRun run = await folder.ImportAsync(first, second);

        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        Assert.Equal("peer-1-audio peer-1-video", ImportFolder.TrackIds(run));
        Assert.Equal(audio.Select((packet, i) => (1_750_000_000_500_000L + (i * 20_000), Convert.ToHexStringLower(packet))), folder.Packets("peer-1-audio"));
        Assert.Equal(1_750_000_000_600_000L, folder.Packets("peer-1-video")[0].TimeUs);
        PayloadFormat opus = Assert.Single(folder.Format("peer-1-audio").PayloadTypes);
        Assert.Equal((111u, "opus", 48_000u, 2u, "useinbandfec=1"), (opus.Pt, opus.Codec, opus.ClockRate, opus.Channels, opus.Fmtp));
        Assert.Equal(1u, Assert.Single(folder.Format("peer-1-audio").HeaderExtensions).Id);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Janus_recordings_without_times_are_timed_by_rtp(bool hasHeader)
    {
        using var folder = new ImportFolder();
        byte[][] video = [.. Enumerable.Range(0, 4).Select(i => CaptureBytes.Rtp(96, (ushort)i, uint.MaxValue - 4500 + (uint)(i * 3000), Video))];
        byte[] file = hasHeader
            ? CaptureBytes.Mjr("""{"t":"v","c":"vp9","s":1750000000000000}""", video.Select(packet => (0u, packet)), version: '1')
            : CaptureBytes.OldMjr("video", video);

        CommandLineRun run = await folder.ImportAsync(folder.Write("old.mjr", file));

        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        Assert.Equal(hasHeader ? "vp9" : "vp8", ImportFolder.Track(run, "peer-1-video").GetProperty("codec").GetString());
        long start = hasHeader ? CaptureBytes.StartUs : 0;
        Assert.Equal([start, start + 33_333, start + 66_666, start + 100_000], folder.Packets("peer-1-video").Select(entry => entry.TimeUs));
    }

    [Fact]
    public async Task Damage_in_a_janus_recording_costs_the_record_it_hit()
    {
        using var folder = new ImportFolder();
        byte[][] video = [.. Enumerable.Range(0, 9).Select(i => CaptureBytes.Rtp(96, (ushort)i, (uint)(i * 3000), Video))];
        byte[] file = CaptureBytes.Mjr("""{"t":"v","c":"vp8","u":1750000000000000}""", video.Select((packet, i) => ((uint)i, packet)));
        int fourth = file.Length - (6 * (10 + video[0].Length));
        file[fourth + 1] = 0;

        CommandLineRun run = await folder.ImportAsync(folder.Write("a.mjr", file));

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal([0, 1, 2, 4, 5, 6, 7, 8], folder.Packets("peer-1-video").Select(entry => Convert.FromHexString(entry.Packet)[3]).Select(sequence => (int)sequence));
    }

    [Fact]
    public async Task Brtp_segments_of_one_track_follow_each_other()
    {
        using var folder = new ImportFolder();
        byte[][] packets = [.. Enumerable.Range(0, 6).Select(i => CaptureBytes.Rtp(111, (ushort)i, (uint)(i * 960), Audio))];
        long startMs = CaptureBytes.StartUs / 1000;
        byte[] Segment(int from, int to) => CaptureBytes.Brtp(111, Audio, "opus", startMs + from, Enumerable.Range(from, to - from).Select(i => (startMs + (i * 20), packets[i])));
        string first = folder.Write("seg-1.rtp", [.. Segment(0, 2), .. Segment(2, 4)]);
        string second = folder.Write("seg-2.rtp", Segment(4, 6));

        CommandLineRun run = await folder.ImportAsync(first, second);

        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        Assert.Equal(packets.Select((packet, i) => ((startMs + (i * 20)) * 1000, Convert.ToHexStringLower(packet))), folder.Packets("peer-1-audio"));
        Assert.Equal("opus", folder.Format("peer-1-audio").PayloadTypes[0].Codec);
    }

    [Fact]
    public async Task A_failed_import_leaves_nothing_and_an_existing_directory_alone()
    {
        using var folder = new ImportFolder();
        string capture = folder.Write("a.pcap", CaptureBytes.Pcap(Timed([CaptureBytes.Frame(CaptureBytes.Rtp(96, 1, 0, Video))])));
        Directory.CreateDirectory(folder.Recording);
        string kept = Path.Combine(folder.Recording, "kept");
        await File.WriteAllTextAsync(kept, "");

        CommandLineRun existing = await folder.ImportAsync([capture, .. _map]);
        File.Delete(kept);
        CommandLineRun undescribed = await folder.ImportAsync(capture);
        CommandLineRun badMap = await folder.ImportAsync(capture, "--map", "96=vp8");
        CommandLineRun badId = await folder.ImportAsync([capture, .. _map, "--recording-id", "x"]);

        Assert.Equal(ExitCode.Failed, existing.ExitCode);
        Assert.Equal([ExitCode.Usage, ExitCode.Usage, ExitCode.Usage], ((CommandLineRun[])[undescribed, badMap, badId]).Select(run => run.ExitCode));
        Assert.Contains("payload type 96", undescribed.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Recording));
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(folder.Recording)!).Count());
        Assert.Equal(ExitCode.Ok, (await folder.ImportAsync([capture, .. _map])).ExitCode);
    }

    [Fact]
    public async Task Retransmissions_told_by_apt_join_the_only_stream_of_their_type()
    {
        using var folder = new ImportFolder();
        byte[] original = CaptureBytes.Rtp(96, 500, 9000, Video);
        byte[] padding = [0xA0, 97, 0, 1, .. new byte[8], 0, 0, 0, 4];
        BinaryPrimitives.WriteUInt32BigEndian(padding.AsSpan(8), Rtx);
        string capture = folder.Write("a.pcap", CaptureBytes.Pcap(Timed([CaptureBytes.Frame(padding), CaptureBytes.Frame(original), CaptureBytes.Frame(CaptureBytes.Rtx(97, 2, Rtx, original))])));

        CommandLineRun run = await folder.ImportAsync([capture, .. _map, "--map", "97=rtx/90000;apt=96"]);

        Assert.True(run.ExitCode == ExitCode.Ok, run.Error);
        Assert.Equal(3, folder.Packets("peer-1-video").Count);
        Assert.Equal(Rtx, Assert.Single(folder.Format("peer-1-video").Encodings).RtxSsrc);
    }

    private static IEnumerable<byte[]> Flow(uint ssrc, byte payloadType, byte host) =>
        Enumerable.Range(0, 3).Select(i => CaptureBytes.Frame(CaptureBytes.Rtp(payloadType, (ushort)i, (uint)(i * 3000), ssrc), host));

    private static IEnumerable<(long TimeUs, byte[] Frame)> Timed(IEnumerable<byte[]> frames) => frames.Select((frame, i) => (CaptureBytes.StartUs + (i * 1000L), frame));

    private static uint First(JsonElement track, string name) => track.GetProperty(name).EnumerateArray().Select(ssrc => ssrc.GetUInt32()).FirstOrDefault();

    // What the capture holds of some sources, told without the importer.
    private static List<(long TimeUs, string Packet)> Captured(string path, params uint[] ssrcs)
    {
        using FileStream file = File.OpenRead(path);
        CaptureReader reader = CaptureReader.Open(file);
        var packets = new List<(long, string)>();
        while (reader.Read())
        {
            ReadOnlySpan<byte> payload = reader.Payload.Span;
            if (Recording.Media.Rtp.Rtcp.IsRtcp(payload))
            {
                if (SenderReport.TryParse(payload, out SenderReport report) && ssrcs.Contains(report.Ssrc))
                {
                    byte[] bytes = new byte[SenderReport.Length];
                    report.Write(bytes);
                    packets.Add((reader.TimeUs, Convert.ToHexStringLower(bytes)));
                }
            }
            else if (ssrcs.Contains(BinaryPrimitives.ReadUInt32BigEndian(payload[8..])))
            {
                packets.Add((reader.TimeUs, Convert.ToHexStringLower(payload)));
            }
        }

        return packets;
    }
}

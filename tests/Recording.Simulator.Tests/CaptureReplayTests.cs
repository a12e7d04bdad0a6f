using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Recording.Media.Captures;
using Recording.Model;
using Recording.Simulator.Plans;
using Recording.Simulator.Replay;
using Recording.Simulator.Sfu;

namespace Recording.Simulator.Tests;

public sealed class CaptureReplayTests
{
    private const string Sdp = """
        v=0
        o=- 1 1 IN IP4 127.0.0.1
        s=-
        t=0 0
        m=audio 9 UDP/TLS/RTP/SAVPF 111
        a=mid:0
        a=rtpmap:111 opus/48000/2
        a=ssrc:1001 cname:a
        m=video 9 UDP/TLS/RTP/SAVPF 96 97
        a=mid:1
        a=rtpmap:96 VP8/90000
        a=rtpmap:97 rtx/90000
        a=fmtp:97 apt=96
        a=ssrc-group:FID 2001 2002
        a=ssrc:2001 cname:a
        a=ssrc:2002 cname:a

        """;

    [Fact]
    public void Each_group_of_ssrcs_is_a_producer_with_its_rtx_and_its_sender_reports()
    {
        using Stream capture = Pcap(
            (0, Rtp(111, 1001, 1)), (5, SenderReport(2001)), (10, Rtp(96, 2001, 1)), (20, Rtp(97, 2002, 1)), (25, SenderReport(2001)), (30, Rtp(127, 1234, 1)), (40, Rtp(111, 1001, 2)));

        IReadOnlyList<ReplayStream> streams = CaptureReplay.Read(capture, Sdp);

        Assert.Equal("opus vp8", string.Join(' ', streams.Select(stream => stream.Codec)));
        Assert.Equal([0L, 40_000], streams[0].Packets.Select(packet => packet.TimeUs));
        Assert.Equal([5_000L, 10_000, 20_000, 25_000], streams[1].Packets.Select(packet => packet.TimeUs));
        Assert.Equal([true, false, false, true], streams[1].Packets.Select(packet => packet.IsSenderReport));
        Assert.Equal((2001u, 2002u), (streams[1].Encodings[0].Ssrc, streams[1].Encodings[0].RtxSsrc));
        Assert.Equal(2, streams[1].PayloadTypes.Count);
    }

    [Fact]
    public void A_capture_with_nothing_that_the_sdp_names_is_refused()
    {
        using Stream capture = Pcap((0, Rtp(35, 7, 1)));

        Assert.Equal(RecordingErrorCode.ProtocolViolation, Assert.Throws<RecordingException>(() => CaptureReplay.Read(capture, Sdp)).Code);
    }

    [Fact]
    public async Task Replayed_packets_are_sent_byte_for_byte()
    {
        byte[][] packets = [.. Enumerable.Range(1, 50).Select(i => Rtp(96, 2001, (ushort)i))];
        using Stream capture = Pcap([.. packets.Select((packet, i) => ((long)i, packet))]);
        SimulationPlan plan = SimulationPlan.Replay(CaptureReplay.Read(capture, Sdp));
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(plan, new SimulatedSfuOptions { MediaWaitsForSubscription = true }, cancellationToken: cancel.Token);
        await using TestRecorder recorder = TestRecorder.Connect(sfu.Address!);

        await sfu.WhenMediaSentAsync(cancel.Token);
        await sfu.WhenAcknowledgedAsync(cancel.Token);

        Assert.Equal(packets.Select(packet => Convert.ToHexStringLower(SHA256.HashData(packet))).ToArray(), recorder.Packets.Values.Single().Select(packet => packet.Sha256).ToArray());
    }

    [SkippableCaptureFact("vp8-simulcast")]
    public void A_browser_capture_gives_one_video_producer_with_three_layers()
    {
        IReadOnlyList<ReplayStream> streams = CaptureReplay.Read(SkippableCaptureFactAttribute.Path("vp8-simulcast.pcap"), SkippableCaptureFactAttribute.Path("vp8-simulcast.offer.sdp"));

        Assert.Single(streams, stream => stream.Kind == "audio");
        ReplayStream video = Assert.Single(streams, stream => stream.Kind == "video");
        Assert.Equal(3, video.Encodings.Count);
        Assert.Equal("vp8", video.Codec);
        Assert.Contains(video.Packets, packet => packet.IsSenderReport);
    }

    private static byte[] Rtp(byte payloadType, uint ssrc, ushort sequence)
    {
        byte[] packet = new byte[40];
        packet[0] = 0x80;
        packet[1] = payloadType;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        return packet;
    }

    private static byte[] SenderReport(uint ssrc)
    {
        byte[] report = new byte[28];
        report[0] = 0x80;
        report[1] = 200;
        report[3] = 6;
        BinaryPrimitives.WriteUInt32BigEndian(report.AsSpan(4), ssrc);
        return report;
    }

    private static MemoryStream Pcap(params (long Milliseconds, byte[] Payload)[] packets)
    {
        var file = new MemoryStream();
        using var writer = new BinaryWriter(file, Encoding.ASCII, leaveOpen: true);
        writer.Write(0xA1B2C3D4);
        writer.Write((ushort)2);
        writer.Write((ushort)4);
        writer.Write(0L);
        writer.Write(65535);
        writer.Write(101); // raw IP
        foreach ((long milliseconds, byte[] payload) in packets)
        {
            int length = 28 + payload.Length;
            writer.Write((uint)(1_700_000_000 + (milliseconds / 1000)));
            writer.Write((uint)(milliseconds % 1000 * 1000));
            writer.Write(length);
            writer.Write(length);
            byte[] header = new byte[28];
            header[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)length);
            header[9] = 17;
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(20), 40000);
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(22), 5004);
            BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(24), (ushort)(8 + payload.Length));
            writer.Write(header);
            writer.Write(payload);
        }

        writer.Flush();
        file.Position = 0;
        return file;
    }
}

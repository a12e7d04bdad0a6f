using System.Buffers.Binary;
using Recording.Media.Rtp;
using Recording.Simulator.Impairment;
using Recording.Simulator.Media;
using Recording.Simulator.Plans;

namespace Recording.Simulator.Tests;

public sealed class PacketizerTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1184, 1)]
    [InlineData(1185, 2)]
    [InlineData(2368, 2)]
    [InlineData(2369, 3)]
    [InlineData(60_000, 51)]
    public void A_vp8_frame_takes_as_few_packets_as_the_mtu_allows(int frameBytes, int packets)
    {
        byte[] frame = new byte[frameBytes];
        new Random(1).NextBytes(frame);
        var stream = new RtpStream(0xA1B2C3D4, 96, new Random(2));
        var packetizer = new Vp8Packetizer(stream, new Random(3));
        ushort picture = packetizer.NextPictureId;
        ushort sequence = stream.NextSequenceNumber;
        var output = new List<byte[]>();

        packetizer.Packetize(frame, 3600, [], output);

        Assert.Equal(packets, output.Count);
        using var joined = new MemoryStream();
        for (int i = 0; i < output.Count; i++)
        {
            Assert.InRange(output[i].Length, 12 + 4 + 1, RtpStream.Mtu);
            Assert.True(RtpPacket.TryParse(output[i], out RtpPacket packet, out _));
            Assert.Equal(i == output.Count - 1, packet.Marker);
            Assert.Equal((ushort)(sequence + i), packet.SequenceNumber);
            Assert.Equal(stream.TimestampOf(3600), packet.Timestamp);
            Assert.Equal(i == 0 ? 0x90 : 0x80, packet.Payload[0]);
            Assert.Equal(0x80, packet.Payload[1]);
            Assert.Equal(0x8000 | picture, BinaryPrimitives.ReadUInt16BigEndian(packet.Payload[2..]));
            joined.Write(packet.Payload[4..]);
        }

        Assert.Equal(frame, joined.ToArray());
    }

    [Fact]
    public void Picture_ids_wrap_at_fifteen_bits()
    {
        var packetizer = new Vp8Packetizer(new RtpStream(1, 96, new Random(2)), new Random(3));
        int start = packetizer.NextPictureId;
        var output = new List<byte[]>();
        for (int i = 0; i < 0x8000; i++)
        {
            packetizer.Packetize([1], i, [], output);
        }

        Assert.Equal(start, packetizer.NextPictureId);
        Assert.All(output, packet => Assert.Equal(0x80, packet[14] & 0x80));
    }

    [Fact]
    public void Extensions_are_one_byte_elements_padded_to_words()
    {
        var stream = new RtpStream(9, 111, new Random(1));
        byte[] data = new OpusPacketizer(stream).Packetize([1, 2, 3], 960, [new OneByteExtension(1, [(byte)'a', (byte)'b']), new OneByteExtension(10, [0x9E])]);

        Assert.True(RtpPacket.TryParse(data, out RtpPacket packet, out _));
        Assert.Equal(0xBEDE, packet.ExtensionProfile);
        Assert.True(packet.TryGetExtension(1, out ReadOnlySpan<byte> mid));
        Assert.Equal("ab"u8.ToArray(), mid.ToArray());
        Assert.True(packet.TryGetExtension(10, out ReadOnlySpan<byte> level));
        Assert.Equal([0x9E], level.ToArray());
        Assert.Equal([1, 2, 3], packet.Payload.ToArray());
    }

    [Fact]
    public void The_marker_of_audio_stands_where_talk_begins()
    {
        var packetizer = new OpusPacketizer(new RtpStream(9, 111, new Random(1)));
        bool[] markers = [Marker(), Marker(), Marker()];
        packetizer.EndTalkSpurt();

        Assert.Equal([true, false, false, true, false], [.. markers, Marker(), Marker()]);

        bool Marker() => (packetizer.Packetize([1], 0, [])[1] & 0x80) != 0;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(-200)]
    public void Sender_reports_map_wall_time_to_the_skewed_media_clock(double skew)
    {
        const long start = 1_700_000_000_250_000;
        var clock = new SenderClock(start, 0, skew, 10_000);
        var stream = new RtpStream(77, 96, new Random(5));

        Assert.True(SenderReport.TryParse(clock.SenderReport(stream, 90_000, 1_000_000_000), out SenderReport report));

        Assert.Equal(77u, report.Ssrc);
        Assert.Equal(1_700_001_000UL + 2_208_988_800, report.NtpTime >> 32);
        Assert.Equal(0.25, (uint)report.NtpTime / 4294967296.0, 6);
        Assert.Equal((uint)Math.Round(90_000 * 1000 * (1 + (skew / 1e6))), unchecked(report.RtpTimestamp - stream.TimestampOffset));
        Assert.Equal(10_000 + 1_000_000_000, clock.DueUs(clock.ContentUs(1_000_000_000)));
    }

    [Fact]
    public void An_impaired_network_loses_doubles_and_delays_about_as_often_as_asked()
    {
        var options = new ImpairmentOptions { Loss = 0.1, Reorder = 0.2, Duplicate = 0.05, MaxDelay = TimeSpan.FromMilliseconds(50) };
        var arrived = new List<SourcePacket>();
        PacketSource source = new ImpairedSource(Synthetic(), options, SeededRandom.Create(3, "network"));
        while (source.NextDueUs < 100_000_000)
        {
            source.Produce(arrived);
        }

        int[] sequences = [.. arrived.Select(packet => (int)BinaryPrimitives.ReadUInt16BigEndian(packet.Data.AsSpan(2)))];
        Assert.Equal(10_000 * 0.95, arrived.Count, 300.0);
        Assert.True(arrived.Zip(arrived.Skip(1)).All(pair => pair.First.DueUs <= pair.Second.DueUs));
        Assert.InRange(sequences.Zip(sequences.Skip(1)).Count(pair => (short)(pair.Second - pair.First) < 0), 500, 4000);
        Assert.InRange(sequences.Length - sequences.Distinct().Count(), 300, 600);
    }

    private static SyntheticPacketSource Synthetic() =>
        new(new RtpStream(1, 96, new Random(1)), new SenderClock(0, 0, 0, 0), 90_000, 100, 100, new Random(2));
}

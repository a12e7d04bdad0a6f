using System.Buffers.Binary;
using Recording.Media.Rtp;
using Recording.Media.Tests.Rtp;
using Recording.Media.TrackFiles;

namespace Recording.Media.Tests.Fuzz;

public sealed class RtpFuzzTests
{
    private const int Packets = 500_000;

    private static readonly string[] _codecs = ["vp8", "vp9", "h264", "h265", "av1", "opus"];

    [Fact]
    public void Half_a_million_packets_parse_or_are_refused_and_never_throw()
    {
        byte[][] seeds =
        [
            RtpBytes.Packet(1),
            RtpBytes.Packet(2, payload: [], padding: 200),
            RtpBytes.Hex("b2e0000100000002000000030000000a0000000bbede000110aa0000ff000003"),
            RtpBytes.Hex("9060000100000002000000031000000301024142ff00020199000000aabbcc"),
            RtpBytes.Hex("8060000100000002000000033c81000000190167640028ac0005680003ee3cb065b8"),
            RtpBytes.Hex("80c800060102030411121314151617182122232431323334" + "41424344"),
        ];
        var mutator = new Mutator(20_240_611);
        var random = mutator.Random;
        var statistics = new StreamStatistics(90_000);
        byte[] noise = new byte[64];
        int sound = 0;
        for (int i = 0; i < Packets; i++)
        {
            ReadOnlySpan<byte> data;
            if (i % 4 == 0)
            {
                random.NextBytes(noise);
                noise[0] = (byte)(0x80 | (noise[0] & 0x3f));
                data = noise.AsSpan(0, random.Next(noise.Length + 1));
            }
            else
            {
                data = mutator.Mutate(seeds[i % seeds.Length]);
            }

            sound += Check(data, statistics, i) ? 1 : 0;
        }

        // Both ways must have been walked, or the test shows nothing.
        Assert.InRange(sound, Packets / 10, Packets - (Packets / 10));
        Assert.InRange(statistics.Lost, 0, statistics.Expected);
    }

    private static bool Check(ReadOnlySpan<byte> data, StreamStatistics statistics, int number)
    {
        Assert.True(!SenderReport.TryParse(data, out SenderReport report) || (Rtcp.IsRtcp(data) && report.Ssrc == BinaryPrimitives.ReadUInt32BigEndian(data[4..])));
        if (!RtpPacket.TryParse(data, out RtpPacket packet, out RtpDefect defect))
        {
            Assert.NotEqual(RtpDefect.None, defect);
            return false;
        }

        Assert.Equal(data.Length, packet.HeaderLength + packet.Payload.Length + packet.PaddingLength);
        int elements = 0;
        foreach (RtpExtension extension in packet.Extensions)
        {
            elements++;
            Assert.InRange(extension.Id, 1, 255);
            Assert.InRange(extension.Value.Length, 0, 255);
        }

        Assert.InRange(elements, 0, data.Length);
        packet.TryGetExtension(number & 0x0F, out _);
        foreach (string codec in _codecs)
        {
            KeyframeDetector.Begins(codec, packet);
        }

        statistics.Add(packet.SequenceNumber, packet.Timestamp, number * 1000L);
        return true;
    }
}

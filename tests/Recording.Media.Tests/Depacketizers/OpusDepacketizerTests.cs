using Recording.Media.Depacketizers;
using Recording.Media.Opus;
using Recording.Media.Playback;
using Recording.Media.Tests.Support;

namespace Recording.Media.Tests.Depacketizers;

public class OpusDepacketizerTests
{
    [Theory]
    [InlineData("00", 480)]
    [InlineData("08", 960)]
    [InlineData("10", 1920)]
    [InlineData("18", 2880)]
    [InlineData("58", 2880)]
    [InlineData("60", 480)]
    [InlineData("68", 960)]
    [InlineData("80", 120)]
    [InlineData("88", 240)]
    [InlineData("F8", 960)]
    [InlineData("F9AABB", 1920)]
    [InlineData("FA01AABB", 1920)]
    [InlineData("FA00", 1920)]
    [InlineData("FB03AABBCC", 2880)]
    [InlineData("FB830101AABBCC", 2880)]
    [InlineData("FB4303AABBCC000000", 2880)]
    [InlineData("FBC20201AA0000", 1920)]
    [InlineData("1B02", 5760)]
    public void Duration_follows_the_table_of_contents(string hex, int samples)
    {
        Assert.True(OpusPacket.TryParse(Convert.FromHexString(hex), out OpusPacket packet));
        Assert.Equal(samples, packet.Samples);
    }

    [Theory]
    [InlineData("")]
    [InlineData("FB")]
    [InlineData("FB00")]
    [InlineData("1B03")]
    [InlineData("FB3F")]
    [InlineData("F9AABBCC")]
    [InlineData("FA")]
    [InlineData("FAFC")]
    [InlineData("FA02AA")]
    [InlineData("FAFD01AABBCC")]
    [InlineData("FB02AABBCC")]
    [InlineData("FB83AABBCC")]
    [InlineData("FB8201")]
    [InlineData("FB42")]
    [InlineData("FB42FF")]
    [InlineData("FB4205AABB")]
    [InlineData("FBC20402AABB00")]
    public void Impossible_packets_are_refused(string hex)
    {
        Assert.False(OpusPacket.TryParse(Convert.FromHexString(hex), out _));
    }

    [Theory]
    [InlineData(0xF8, 1275, 1276)]
    [InlineData(0xF9, 2550, 2552)]
    public void A_frame_has_at_most_1275_bytes(byte contents, int longest, int over)
    {
        Assert.True(OpusPacket.TryParse([contents, .. new byte[longest]], out _));
        Assert.False(OpusPacket.TryParse([contents, .. new byte[over]], out _));
    }

    [Fact]
    public void A_packet_is_a_frame_and_a_bad_one_is_counted()
    {
        OpusDepacketizer depacketizer = new();
        FrameCollector frames = new();
        depacketizer.Add(new MediaPacket { Ssrc = 1, PayloadType = 111, SequenceNumber = 1, Timestamp = 960, Payload = [0xFC, 1, 2, 3] }, frames);
        depacketizer.Add(new MediaPacket { Ssrc = 1, PayloadType = 111, SequenceNumber = 2, Timestamp = 1920, Payload = [] }, frames);
        CollectedFrame frame = Assert.Single(frames.Frames);
        Assert.Equal([0xFC, 1, 2, 3], frame.Data);
        Assert.Equal(960, frame.Timestamp);
        Assert.Equal(960, frame.Duration);
        Assert.True(frame.IsKeyframe);
        Assert.Equal(1, depacketizer.MalformedPackets);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(0, 2)]
    public void Opus_head_names_the_channels_and_skips_nothing(int channels, byte written)
    {
        byte[] expected = [.. "OpusHead"u8, 1, written, 0, 0, 0x80, 0xBB, 0, 0, 0, 0, 0];
        Assert.Equal(expected, new OpusDepacketizer(channels).CodecPrivate.ToArray());
    }

    /// <summary>RFC 6716, 3.2 for where the first frame begins, 4.2.3 for its bits: VAD flags of the 20 ms in it, then the LBRR flag, for each channel.</summary>
    [Theory]
    [InlineData("08 40 00", true)]
    [InlineData("08 80 00", false)]
    [InlineData("00 40 00", true)]
    [InlineData("0C 10 00", true)]
    [InlineData("0C A0 00", false)]
    [InlineData("10 20 00", true)]
    [InlineData("10 C0 00", false)]
    [InlineData("1C 10 00", true)]
    [InlineData("1C 01 00", true)]
    [InlineData("1C EE 00", false)]
    [InlineData("68 40 00", true)]
    [InlineData("80 40 00", false)]
    [InlineData("F8 FF FF", false)]
    [InlineData("09 40 00 80 00", true)]
    [InlineData("09 80 00 40 00", false)]
    [InlineData("0A 02 40 00 01", true)]
    [InlineData("0A 01 40 00 01", false)]
    [InlineData("0A 09 40 00 01", false)]
    [InlineData("0B 02 40 00 80 00", true)]
    [InlineData("0B C2 02 02 40 00 09 09 00 00", true)]
    [InlineData("0B C2 02 02 80 00 49 49 00 00", false)]
    [InlineData("0B 41 09 40 00", false)]
    [InlineData("0B 41 FF FF", false)]
    [InlineData("0B 82 FC", false)]
    [InlineData("0B 81 40 00", true)]
    [InlineData("08", false)]
    [InlineData("08 40", false)]
    [InlineData("", false)]
    public void Redundancy_for_the_packet_before_is_seen_in_the_first_bits(string payload, bool hasFec) =>
        Assert.Equal(hasFec, OpusPacket.HasInbandFec(Convert.FromHexString(payload.Replace(" ", "", StringComparison.Ordinal))));
}

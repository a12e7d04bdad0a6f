using Recording.Media.Depacketizers;
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
}

using Recording.Media.Depacketizers;
using Recording.Media.Tests.Support;

namespace Recording.Media.Tests.Depacketizers;

public class G711DepacketizerTests
{
    [Theory]
    [InlineData("pcmu", 7)]
    [InlineData("pcma", 6)]
    public void Every_packet_is_a_frame_of_as_many_samples_as_it_has_bytes(string codec, byte tag)
    {
        G711Depacketizer depacketizer = new(codec, 8000, 1);
        PacketFeed feed = new(depacketizer);
        feed.Send(0, new byte[160], marker: true);
        feed.Send(320, new byte[80], lostBefore: 1);
        Assert.Equal([160, 80], feed.Frames.Select(frame => frame.Duration));
        Assert.Equal([false, true], feed.Frames.Select(frame => frame.FollowsLoss));
        Assert.All(feed.Frames, frame => Assert.True(frame.IsKeyframe));

        // WAVEFORMATEX: tag, 1 channel, 8000 Hz, 8000 bytes a second, blocks of 1 byte, 8 bits.
        Assert.Equal(Convert.FromHexString($"{tag:X2}00" + "0100" + "401F0000" + "401F0000" + "0100" + "0800" + "0000"), depacketizer.CodecPrivate.ToArray());
    }

    [Fact]
    public void Half_a_sample_is_refused()
    {
        G711Depacketizer depacketizer = new("pcmu", 8000, 2);
        PacketFeed feed = new(depacketizer);
        feed.Send(0, new byte[161]);
        feed.Send(80, new byte[160]);
        Assert.Equal(80, Assert.Single(feed.Frames).Duration);
        Assert.Equal((1, 1), (depacketizer.MalformedPackets, depacketizer.DroppedFrames));
    }
}

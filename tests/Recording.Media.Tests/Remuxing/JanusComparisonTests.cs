using Recording.Media.Clocks;
using Recording.Media.Remuxing;
using Recording.Media.Tests.Fixtures;
using Recording.Media.Tests.Support;

namespace Recording.Media.Tests.Remuxing;

/// <summary>
/// The same packets through janus-pp-rec: as many frames, at the same times. Janus writes the sender's own RTP times, so ours are taken at the codec's
/// nominal rate; where the manifest of the captures tells of what Janus loses, the difference is stated and checked.
/// </summary>
public class JanusComparisonTests
{
    [JanusTheory]
    [InlineData("vp8-opus", "vp8", 0x71dc8bfa, 96, "webm", 0)]
    [InlineData("vp8-simulcast", "vp8", 0xe198168e, 96, "webm", 0)]
    [InlineData("vp8-simulcast", "vp8", 0xa7ed92b2, 96, "webm", 0)]
    [InlineData("vp8-events", "vp8", 0x86d9d436, 96, "webm", 0)]
    [InlineData("ms-vp8-pauses", "vp8", 0x37e1f5bf, 101, "webm", 0)]
    [InlineData("av1-opus", "av1", 0x03b0f2b1, 45, "mp4", 0)]
    [InlineData("vp9-svc", "vp9", 0xd7652876, 98, "webm", 0)]
    [InlineData("h264-opus", "h264", 0xe9c47f09, 108, "mkv", 0)]
    [InlineData("pcmu-h264", "h264", 0x3c3bdb13, 108, "mkv", 0)]
    public void Video_has_the_same_frames_at_the_same_times(string capture, string codec, uint ssrc, byte payloadType, string extension, int more)
    {
        byte[] track = CapturedTrack.Build($"browser/{capture}.pcap", "video", TrackFileBuilder.Of(codec, payloadType, 120), ssrc);
        TrackClock clock = ParticipantClock.OfSingleTrack(new MemoryStream(track)).AtNominalRate();
        using MemoryStream output = new();
        TrackRemuxer.Remux(new MemoryStream(track), output, new RemuxOptions { Clock = clock });
        long[] ours = Expect.Times(output.ToArray());
        long[] janus = Janus.Times($"browser/{capture}.pcap", ssrc, payloadType, codec, extension);
        Assert.Equal(janus.Length + more, ours.Length);
        Assert.All(janus.Zip(ours), pair => Assert.InRange(pair.Second - ours[0] - (pair.First - janus[0]), -1, 1));
    }
}

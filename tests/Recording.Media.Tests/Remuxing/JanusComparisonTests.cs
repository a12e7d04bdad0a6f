using Recording.Media.Clocks;
using Recording.Media.Remuxing;
using Recording.Media.Tests.Fixtures;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;

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
    [InlineData("vp8-simulcast", "vp8", 0x961d75a5, 96, "webm", 0)]
    [InlineData("vp8-simulcast", "vp8", 0xa7ed92b2, 96, "webm", 0)]
    [InlineData("vp8-events", "vp8", 0x86d9d436, 96, "webm", 0)]
    [InlineData("ms-vp8-pauses", "vp8", 0x37e1f5bf, 101, "webm", 0)]
    [InlineData("opus-dtx-vp8", "vp8", 0xa7a00406, 96, "webm", 0)]
    [InlineData("opus-red-vp8", "vp8", 0xfacd71de, 96, "webm", 0)]
    [InlineData("av1-opus", "av1", 0x03b0f2b1, 45, "mp4", 0)]
    [InlineData("vp9-svc", "vp9", 0xd7652876, 98, "webm", 0)]
    [InlineData("h264-opus", "h264", 0xe9c47f09, 108, "mkv", 0)]
    [InlineData("pcmu-h264", "h264", 0x3c3bdb13, 108, "mkv", 0)]
    public void Video_has_the_same_frames_at_the_same_times(string capture, string codec, uint ssrc, byte payloadType, string extension, int more)
    {
        long[] ours = FromZero(Expect.Times(Remux(capture, "video", TrackFileBuilder.Of(codec, payloadType, 120), ssrc)));
        long[] janus = FromZero(Janus.Times($"browser/{capture}.pcap", ssrc, payloadType, codec, extension));
        Assert.Equal(janus.Length + more, ours.Length);
        Assert.All(janus.Zip(ours), pair => Assert.InRange(pair.Second - pair.First, -1, 1));
    }

    [JanusTheory]
    [InlineData("vp8-opus", 0xf7c88d56, 111, 0)]
    [InlineData("opus-dtx-vp8", 0x47925fc1, 111, 0)]
    [InlineData("ms-vp8-pauses", 0x14350f7a, 100, 0)]
    [InlineData("av1-opus", 0x70bf96d2, 111, 0)]
    [InlineData("h264-opus", 0x66c35fde, 111, 0)]
    [InlineData("vp8-simulcast", 0x43eebbc7, 111, 0)]
    [InlineData("vp9-svc", 0xe422bf1f, 111, 0)]
    [InlineData("vp8-burst-nortx", 0x2423ae63, 111, 80)]
    public void Sound_has_the_same_packets_at_the_same_times(string capture, uint ssrc, byte payloadType, int lost)
    {
        long[] ours = FromZero(Expect.Times(Remux(capture, "audio", TrackFileBuilder.Opus(payloadType), ssrc)));
        long[] janus = FromZero(Janus.Times($"browser/{capture}.pcap", ssrc, payloadType, "opus", "mka"));
        Assert.Equal(janus.Length - lost, ours.Length);

        // In the place of each lost packet Janus writes one of silence. DTX leaves its gaps in both.
        long[] sent = lost == 0 ? janus : [.. janus.Where(time => ours.Any(own => Math.Abs(own - time) <= 1))];
        Assert.Equal(ours.Length, sent.Length);
        Assert.All(sent.Zip(ours), pair => Assert.InRange(pair.Second - pair.First, -1, 1));
    }

    [JanusFact]
    public void Sound_whose_timestamps_stood_still_for_five_seconds_is_as_much_later_than_where_janus_puts_it()
    {
        long[] ours = FromZero(Expect.Times(Remux("vp8-events", "audio", TrackFileBuilder.Opus(), 0x1a189a01)));
        long[] janus = FromZero(Janus.Times("browser/vp8-events.pcap", 0x1a189a01, 111, "opus", "mka"));
        Assert.Equal(janus.Length, ours.Length);
        long[] later = [.. janus.Zip(ours, (theirs, own) => own - theirs).SkipWhile(difference => Math.Abs(difference) <= 1)];
        Assert.InRange(later.Length, 1, ours.Length - 1);
        Assert.All(later, difference => Assert.InRange(difference - later[0], -1, 1));
        Assert.InRange(later[0], 4940, 5060);
    }

    [JanusFact]
    public void Telephone_quality_sound_has_the_same_samples_at_the_same_times()
    {
        // Janus writes G.711 as a WAV file, which has samples and no packets.
        byte[] file = Remux("pcmu-h264", "audio", TrackFileBuilder.Of("pcmu", 0, clockRate: 8000), 0x5457d9ec);
        byte[] janus = Janus.Samples("browser/pcmu-h264.pcap", 0x5457d9ec, 0, "pcmu");
        Assert.Equal(1510 * 160 * 2, janus.Length);
        Assert.Equal(janus, Ffmpeg.Samples(file));
        Assert.All(FromZero(Expect.Times(file)).Index(), packet => Assert.InRange(packet.Item - (packet.Index * 20), -1, 1));
    }

    private static byte[] Remux(string capture, string kind, TrackFormat format, uint ssrc)
    {
        byte[] track = CapturedTrack.Build($"browser/{capture}.pcap", kind, format, ssrc);
        TrackClock clock = ParticipantClock.OfSingleTrack(new MemoryStream(track)).AtNominalRate();
        using MemoryStream output = new();
        TrackRemuxer.Remux(new MemoryStream(track), output, new RemuxOptions { Clock = clock });
        return output.ToArray();
    }

    private static long[] FromZero(long[] times) => [.. times.Select(time => time - times[0])];
}

using Recording.Media.Depacketizers;
using Recording.Media.Playback;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Fuzz;

public sealed class DepacketizerFuzzTests
{
    private const int Packets = 60_000;

    [Theory]
    [InlineData("vp8")]
    [InlineData("vp9")]
    [InlineData("h264")]
    [InlineData("h265")]
    [InlineData("av1")]
    [InlineData("opus")]
    [InlineData("pcmu")]
    public void Damaged_payloads_never_throw_and_give_no_more_than_came_in(string codec)
    {
        byte[][] seeds = codec switch
        {
            "opus" => [.. GeneratedMedia.OpusPackets.Take(20)],
            "pcmu" => [new byte[160]],
            _ => [.. GeneratedMedia.Video(codec).Take(10).SelectMany((frame, i) => CodecPackets.Split(codec, frame, i))],
        };
        Assert.True(DepacketizerFactory.TryCreate(
            new PayloadFormat { Codec = codec, ClockRate = 90_000, Channels = 1, Fmtp = "sprop-parameter-sets=Z0LAH,!!,aM48gA==;sprop-vps=;sprop-sps=QgE=" }, out IDepacketizer? depacketizer));
        Mutator mutator = new(20_261_125);
        Meter meter = new();
        long sent = 0;
        for (int i = 0; i < Packets; i++)
        {
            byte[] seed = seeds[i % seeds.Length];
            byte[] payload = mutator.Random.Next(3) == 0 ? mutator.Mutate(seed) : seed;
            sent += payload.Length;
            depacketizer.Add(
                new MediaPacket
                {
                    Ssrc = 1,
                    PayloadType = 96,
                    SequenceNumber = i,
                    Timestamp = i / 3 * 3000L,
                    Marker = i % 3 == 2 || mutator.Random.Next(8) == 0,
                    LostBefore = mutator.Random.Next(20) == 0 ? 1 : 0,
                    StartsSource = mutator.Random.Next(500) == 0,
                    FrameNumber = mutator.Random.Next(2) == 0 ? (ushort)i : null,
                    Payload = payload,
                },
                meter);
        }

        depacketizer.Flush(meter);

        // Every frame is made of its own packets, with lengths, sizes and parameter sets added.
        Assert.InRange(meter.Frames, 1, Packets);
        Assert.InRange(meter.Bytes, 1, (sent * 2) + (meter.Frames * 4096));
        Assert.InRange(depacketizer.DroppedFrames + depacketizer.MalformedPackets, codec is "pcmu" or "opus" ? 0 : 1, 3L * Packets);
        Assert.InRange(depacketizer.CodecPrivate.Length, 0, 1 << 20);
    }

    private sealed class Meter : IMediaFrameSink
    {
        public long Frames { get; private set; }

        public long Bytes { get; private set; }

        public void Add(in MediaFrame frame)
        {
            Frames++;
            Bytes += frame.Data.Length;
            Assert.InRange(frame.Width, 0, 65_536);
            Assert.InRange(frame.Height, 0, 65_536);
            Assert.False(frame.Data.IsEmpty);
        }
    }
}

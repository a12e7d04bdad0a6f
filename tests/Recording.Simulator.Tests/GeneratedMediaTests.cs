using System.Buffers.Binary;
using Recording.Simulator.Media;

namespace Recording.Simulator.Tests;

public sealed class GeneratedMediaTests
{
    private static readonly GeneratedMediaSettings _small = new() { Width = 160, Height = 90, FrameRate = 25, ClipSeconds = 2, KeyframeSeconds = 0 };

    [Fact]
    public async Task A_clip_lasts_whole_seconds_and_starts_with_its_only_key_frame()
    {
        MediaClip clip = await new GeneratedMedia().VideoAsync(_small, 1);

        Assert.Equal(50, clip.Frames.Count);
        Assert.Equal([0], Enumerable.Range(0, 50).Where(i => clip.Frames[i].Keyframe));
        Assert.Equal(100, (await new GeneratedMedia().AudioAsync(_small, 1)).Frames.Count);
    }

    [Fact]
    public async Task Media_repeats_with_continuous_sequence_numbers_and_timestamps()
    {
        VideoClipSource source = await VideoAsync();
        var packets = new List<SourcePacket>();
        while (source.NextDueUs < 7_000_000)
        {
            source.Produce(packets);
        }

        byte[][] rtp = [.. packets.Where(packet => !packet.IsSenderReport).Select(packet => packet.Data)];
        Assert.Equal(7, packets.Count(packet => packet.IsSenderReport));
        uint[] timestamps = [.. rtp.Select(packet => BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4))).Distinct()];
        Assert.Equal(175, timestamps.Length);
        Assert.All(timestamps.Zip(timestamps.Skip(1)), pair => Assert.Equal(3600u, unchecked(pair.Second - pair.First)));
        Assert.All(rtp.Zip(rtp.Skip(1)), pair => Assert.Equal(1, (ushort)(Sequence(pair.Second) - Sequence(pair.First))));
    }

    [Fact]
    public async Task A_key_frame_request_is_answered_within_half_a_second()
    {
        VideoClipSource source = await VideoAsync();
        var packets = new List<SourcePacket>();
        long asked = 0;
        while (source.NextDueUs < 1_500_000)
        {
            if (asked == 0 && source.NextDueUs > 700_000)
            {
                asked = source.NextDueUs;
                source.RequestKeyframe();
            }

            source.Produce(packets);
        }

        // Payload after header, extensions and descriptor: bit 0 of the first byte is 0 for a key frame.
        long[] keyframes = [.. packets.Where(packet => !packet.IsSenderReport && StartsKeyframe(packet.Data)).Select(packet => packet.DueUs)];
        Assert.True(keyframes.Length >= 2);
        Assert.InRange(keyframes[1] - asked, 0, 500_000);
    }

    private static async Task<VideoClipSource> VideoAsync()
    {
        var media = new GeneratedMedia();
        return new VideoClipSource(
            await media.VideoAsync(_small, 1),
            await media.RefreshAsync(_small, 1),
            new SenderClock(1_700_000_000_000_000, 0, 0, 0),
            new RtpStream(5, 96, new Random(1)),
            "1",
            new Random(2));
    }

    private static ushort Sequence(byte[] packet) => BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(2));

    private static bool StartsKeyframe(byte[] packet)
    {
        Assert.True(Recording.Media.Rtp.RtpPacket.TryParse(packet, out Recording.Media.Rtp.RtpPacket rtp, out _));
        return rtp.Payload[0] == 0x90 && IvfFile.IsVp8Keyframe(rtp.Payload[4..]);
    }
}

using FsCheck.Xunit;
using Recording.Media.Depacketizers;
using Recording.Media.Playback;
using Recording.Media.Tests.Support;

namespace Recording.Media.Tests.Depacketizers;

public class Vp8DepacketizerTests
{
    // A key frame of 640x360 with an empty first partition, and an inter frame.
    private static readonly byte[] Key = [0x10, 0, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01];
    private static readonly byte[] Inter = [0x11, 0, 0];

    private readonly Vp8Depacketizer _depacketizer = new();
    private readonly FrameCollector _collected = new();
    private long _sequence;
    private int _lost;

    public static TheoryData<string, int, int?, int?, int?, bool> Descriptors => new()
    {
        { "10AA", 1, null, null, null, false },
        { "9080" + "7F" + "AA", 3, 0x7F, null, null, false },
        { "9080" + "9234" + "AA", 4, 0x1234, null, null, false },
        { "9040" + "07" + "AA", 3, null, 7, null, false },
        { "90E0" + "8001" + "FF" + "60" + "AA", 6, 1, 255, 1, true },
        { "90F0" + "FFFF" + "00" + "9F" + "AA", 6, 0x7FFF, 0, 2, false },
        { "9010" + "05" + "AA", 3, null, null, null, false },
    };

    [Theory]
    [MemberData(nameof(Descriptors))]
    public void Descriptor_fields_are_read_as_the_figure_shows(string hex, int length, int? pictureId, int? tl0, int? temporal, bool sync)
    {
        Assert.True(Vp8Descriptor.TryParse(Convert.FromHexString(hex), out Vp8Descriptor descriptor));
        Assert.Equal(length, descriptor.Length);
        Assert.Equal(pictureId, descriptor.PictureId);
        Assert.Equal(tl0, descriptor.Tl0PicIdx);
        Assert.Equal(temporal, descriptor.TemporalId);
        Assert.Equal(sync, descriptor.IsLayerSync);
        Assert.True(descriptor.StartsFrame);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("90")]
    [InlineData("9080")]
    [InlineData("908080")]
    [InlineData("90808001")]
    [InlineData("90C001")]
    [InlineData("90E00102")]
    public void A_descriptor_cut_short_is_refused(string hex)
    {
        Assert.False(Vp8Descriptor.TryParse(Convert.FromHexString(hex), out _));
    }

    [Fact]
    public void Key_frame_header_gives_the_size()
    {
        Assert.True(Vp8FrameHeader.TryParse(Key, out Vp8FrameHeader header));
        Assert.Equal(new Vp8FrameHeader(true, true, 0, 640, 360), header);
        Assert.False(Vp8FrameHeader.TryParse([0x10, 0, 0, 0x9D, 0x01, 0x2B, 0x80, 0x02, 0x68, 0x01], out _));
        Assert.False(Vp8FrameHeader.TryParse(Key.AsSpan(0, 9), out _));
    }

    [Fact]
    public void A_frame_is_gathered_from_its_packets()
    {
        Send(0, "10", [.. Key, 1], marker: false);
        Send(0, "00", [2, 3], marker: false);
        Send(0, "01", [4], marker: true);
        Send(4500, "10", Inter, marker: true);
        Assert.Equal(2, _collected.Frames.Count);
        Assert.Equal([.. Key, 1, 2, 3, 4], _collected.Frames[0].Data);
        Assert.Equal((640, 360), (_collected.Frames[0].Width, _collected.Frames[0].Height));
        Assert.True(_collected.Frames[0].IsKeyframe);
        Assert.False(_collected.Frames[1].IsKeyframe);
        Assert.Equal(640, _collected.Frames[1].Width);
    }

    [Fact]
    public void Frames_before_the_first_key_frame_are_dropped()
    {
        Send(0, "10", Inter, marker: true);
        Send(4500, "10", Key, marker: true);
        Assert.Equal(4500, Assert.Single(_collected.Frames).Timestamp);
        Assert.Equal(1, _depacketizer.DroppedFrames);
    }

    [Fact]
    public void A_hole_inside_a_frame_drops_up_to_the_next_key_frame()
    {
        Send(0, "908001", Key, marker: true);
        Send(4500, "908002", Inter, marker: false);
        _lost = 1;
        Send(4500, "808002", [1], marker: true);
        Send(9000, "908003", Inter, marker: true);
        Send(13500, "908004", Key, marker: true);
        Assert.Equal([0, 13500], _collected.Frames.Select(frame => frame.Timestamp));
        Assert.Equal(2, _depacketizer.DroppedFrames);
        Assert.True(_collected.Frames[1].FollowsLoss);
    }

    [Fact]
    public void A_hole_between_frames_with_no_picture_missing_drops_nothing()
    {
        // mediasoup skips a sequence number at each layer switch.
        Send(0, "9080FFFF", Key, marker: true);
        _lost = 1;
        Send(4500, "90808000", Inter, marker: true);
        Assert.Equal(2, _collected.Frames.Count);
        Assert.Equal(0, _depacketizer.DroppedFrames);
    }

    [Fact]
    public void A_lost_picture_without_layers_drops_up_to_the_next_key_frame()
    {
        Send(0, "908001", Key, marker: true);
        _lost = 1;
        Send(9000, "908003", Inter, marker: true);
        Send(13500, "908004", Inter, marker: true);
        Assert.Single(_collected.Frames);
    }

    [Fact]
    public void A_lost_upper_layer_picture_costs_only_upper_layers_until_a_layer_sync()
    {
        // L1T3 as libvpx sends it: TL0PICIDX counts base frames; (tid << 6) | (sync << 5).
        Send(0, "90E0010A00", Key, marker: true);
        Send(1, "90E0020AA0", Inter, marker: true);
        _lost = 1;
        Send(3, "90E0040A80", Inter, marker: true);
        Send(4, "90E0050B00", Inter, marker: true);
        Send(5, "90E0060B80", Inter, marker: true);
        Send(6, "90E0070B60", Inter, marker: true);
        Send(7, "90E0080BA0", Inter, marker: true);
        Assert.Equal([0, 1, 4, 6, 7], _collected.Frames.Select(frame => frame.Timestamp));
    }

    [Fact]
    public void A_lost_base_layer_picture_needs_a_key_frame()
    {
        Send(0, "90E0010A00", Key, marker: true);
        _lost = 1;
        Send(2, "90E0030BA0", Inter, marker: true);
        Send(3, "90E0040C00", Inter, marker: true);
        Send(4, "90E0050D00", Key, marker: true);
        Assert.Equal([0, 4], _collected.Frames.Select(frame => frame.Timestamp));
    }

    [Fact]
    public void A_broken_picture_that_nothing_refers_to_costs_only_itself()
    {
        Send(0, "908001", Key, marker: true);
        Send(1, "B08002", Inter, marker: false);
        _lost = 1;
        Send(1, "A08002", [1], marker: true);
        Send(2, "908003", Inter, marker: true);
        Assert.Equal([0, 2], _collected.Frames.Select(frame => frame.Timestamp));
        Assert.Equal(1, _depacketizer.DroppedFrames);
    }

    [Fact]
    public void A_missing_marker_with_nothing_lost_ends_the_frame_at_the_next_timestamp()
    {
        Send(0, "10", Key, marker: false);
        Send(4500, "10", Inter, marker: true);
        Assert.Equal(2, _collected.Frames.Count);
    }

    [Fact]
    public void A_new_source_waits_for_its_own_key_frame()
    {
        Send(0, "908001", Key, marker: true);
        _depacketizer.Add(Packet(100, "908002", Inter, marker: true, starts: true).Build(), _collected);
        Send(200, "908001", Key, marker: true);
        Assert.Equal([0, 200], _collected.Frames.Select(frame => frame.Timestamp));
    }

    [Property(MaxTest = 300)]
    public void Any_bytes_give_frames_or_nothing_and_never_throw(byte[][] payloads, int seed)
    {
        Vp8Depacketizer depacketizer = new();
        FrameCollector collected = new();
        Random random = new(seed);
        long sequence = 0;
        foreach (byte[] payload in payloads)
        {
            depacketizer.Add(
                new MediaPacket
                {
                    Ssrc = 1,
                    PayloadType = 96,
                    SequenceNumber = sequence++,
                    Timestamp = sequence / 3,
                    Marker = random.Next(3) == 0,
                    LostBefore = random.Next(5) == 0 ? 1 : 0,
                    Payload = payload,
                },
                collected);
        }

        depacketizer.Flush(collected);
        Assert.True(collected.Frames.Count == 0 || collected.Frames[0].IsKeyframe);
    }

    private void Send(long timestamp, string descriptor, byte[] data, bool marker) =>
        _depacketizer.Add(Packet(timestamp, descriptor, data, marker, starts: _sequence == 0).Build(), _collected);

    private Draft Packet(long timestamp, string descriptor, byte[] data, bool marker, bool starts)
    {
        _sequence += 1 + _lost;
        Draft draft = new(_sequence, timestamp, [.. Convert.FromHexString(descriptor), .. data], marker, starts, _lost);
        _lost = 0;
        return draft;
    }

    private sealed record Draft(long Sequence, long Timestamp, byte[] Payload, bool Marker, bool Starts, int Lost)
    {
        public MediaPacket Build() => new()
        {
            Ssrc = 1,
            PayloadType = 96,
            SequenceNumber = Sequence,
            Timestamp = Timestamp,
            Marker = Marker,
            StartsSource = Starts,
            LostBefore = Lost,
            Payload = Payload,
        };
    }
}

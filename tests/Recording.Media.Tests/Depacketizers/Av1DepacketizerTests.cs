using Recording.Media.Depacketizers;
using Recording.Media.Tests.Support;

namespace Recording.Media.Tests.Depacketizers;

public class Av1DepacketizerTests
{
    // A sequence header OBU (640x480) as Chromium sends it, without its size; a key frame OBU; an inter frame OBU.
    private const string Sequence = "08" + "00000024C4FFDF006802";
    private const string KeyFrame = "30" + "10AABBCC";
    private const string InterFrame = "30" + "30AABB";

    private readonly Av1Depacketizer _depacketizer = new();
    private readonly PacketFeed _feed;

    public Av1DepacketizerTests() => _feed = new PacketFeed(_depacketizer);

    [Fact]
    public void Elements_with_and_without_sizes_become_obus_with_sizes()
    {
        // W = 2: the first element has its size, the last takes the rest. N = 1.
        _feed.Send(0, "28" + "0B" + Sequence[..22] + KeyFrame, marker: true);
        // W = 0: every element has its size.
        _feed.Send(3000, "00" + "04" + InterFrame, marker: true);
        Assert.Equal(Convert.FromHexString("0A0A" + Sequence[2..22] + "3204" + KeyFrame[2..]), _feed.Frames[0].Data);
        Assert.Equal(Convert.FromHexString("3203" + InterFrame[2..]), _feed.Frames[1].Data);
        Assert.Equal([true, false], _feed.Frames.Select(frame => frame.IsKeyframe));
    }

    [Fact]
    public void Real_temporal_units_come_out_without_their_delimiters_and_otherwise_unchanged()
    {
        IReadOnlyList<byte[]> units = GeneratedMedia.Video("av1");
        foreach ((int i, byte[] unit) in units.Index())
        {
            Send(i * 4500, unit);
        }

        // 12 00: a temporal delimiter with its size.
        Assert.Equal(units.Select(unit => unit.AsSpan(unit is [0x12, 0x00, ..] ? 2 : 0).ToArray()), _feed.Frames.Select(frame => frame.Data));
        Assert.Equal((320, 180, true), (_feed.Frames[0].Width, _feed.Frames[0].Height, _feed.Frames[0].IsKeyframe));
        byte[] record = _depacketizer.CodecPrivate.ToArray();

        // Marker and version, profile 0, 4:2:0 of 8 bits; the sequence header OBU as it stands in the first unit.
        Assert.Equal((0x81, 0, 0x0C, 0), (record[0], record[1] >> 5, record[2] & 0x7C, record[3]));
        Assert.Equal(_feed.Frames[0].Data[..(record.Length - 4)], record[4..]);
    }

    [Fact]
    public void An_obu_is_joined_over_packets()
    {
        SendKey(0);
        _feed.Send(3000, "50" + InterFrame[..4]);
        _feed.Send(3000, "D0" + "BB");
        _feed.Send(3000, "90" + "CC", marker: true);
        Assert.Equal(Convert.FromHexString("3203" + "30BBCC"), _feed.Frames[1].Data);
    }

    [Fact]
    public void Delimiters_padding_and_tile_lists_are_left_out_and_extensions_kept()
    {
        SendKey(0);
        // A delimiter, padding, and a frame with an extension (temporal id 1, spatial id 1) and its own size.
        _feed.Send(3000, "30" + "01" + "10" + "03" + "78FFFF" + "36" + "28" + "02" + "30AA", marker: true);
        Assert.Equal(Convert.FromHexString("3628" + "02" + "30AA"), _feed.Frames[1].Data);
    }

    [Fact]
    public void A_hole_drops_up_to_the_next_key_frame_unless_frame_numbers_go_on()
    {
        SendKey(0, frameNumber: 65535);
        _feed.Send(3000, "10" + InterFrame, marker: true, lostBefore: 1, frameNumber: 0);
        _feed.Send(6000, "10" + InterFrame, marker: true, lostBefore: 1, frameNumber: 2);
        _feed.Send(9000, "10" + InterFrame, marker: true, frameNumber: 3);
        SendKey(12000, frameNumber: 4);
        Assert.Equal([0, 3000, 12000], _feed.Frames.Select(frame => frame.Timestamp));
        Assert.Equal(2, _depacketizer.DroppedFrames);
        Assert.True(_feed.Frames[2].FollowsLoss);
    }

    [Fact]
    public void A_fragment_without_its_start_or_its_end_breaks_the_unit()
    {
        SendKey(0);
        _feed.Send(3000, "90" + "AA", marker: true);
        SendKey(6000);
        _feed.Send(9000, "50" + InterFrame, marker: true);
        Assert.Equal([0, 6000], _feed.Frames.Select(frame => frame.Timestamp));
        Assert.Equal(2, _depacketizer.DroppedFrames);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("00 05 30")]
    [InlineData("00 80")]
    [InlineData("20 FFFFFFFF0F 30")]
    public void Payloads_that_do_not_parse_are_counted_and_break_their_unit(string hex)
    {
        SendKey(0);
        _feed.Send(3000, hex, marker: true);
        Assert.Single(_feed.Frames);
        Assert.Equal((1, 1), (_depacketizer.MalformedPackets, _depacketizer.DroppedFrames));
    }

    [Theory]
    [InlineData("B0 30AA")]
    [InlineData("32 05 30AA")]
    public void Obus_that_do_not_parse_break_their_unit(string hex)
    {
        SendKey(0);
        _feed.Send(3000, "10" + hex, marker: true);
        Assert.Single(_feed.Frames);
        Assert.Equal(1, _depacketizer.DroppedFrames);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(int.MaxValue)]
    public void Leb128_reads_what_it_writes(int value)
    {
        Span<byte> bytes = stackalloc byte[8];
        int written = Leb128.Write(value, bytes);
        Assert.True(Leb128.TryRead(bytes[..written], out int read, out int length));
        Assert.Equal((value, written), (read, length));
        Assert.False(Leb128.TryRead(bytes[..(written - 1)], out _, out _));
    }

    private void SendKey(long timestamp, ushort? frameNumber = null) =>
        _feed.Send(timestamp, "28" + "0B" + Sequence[..22] + KeyFrame, marker: true, frameNumber: frameNumber);

    private void Send(long timestamp, byte[] unit)
    {
        List<byte[]> payloads = CodecPackets.Split("av1", unit, 0);
        for (int i = 0; i < payloads.Count; i++)
        {
            _feed.Send(timestamp, payloads[i], marker: i == payloads.Count - 1);
        }
    }
}

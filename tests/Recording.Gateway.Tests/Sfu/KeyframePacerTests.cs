using Recording.Gateway.Sfu.Ingest;

namespace Recording.Gateway.Tests.Sfu;

public sealed class KeyframePacerTests
{
    private readonly KeyframePacer _pacer = new(20_000);

    [Fact]
    public void Key_frame_is_asked_for_each_second_and_ten_times_at_most()
    {
        _pacer.Begin(0);
        Assert.Equal(10, Requests(0, 60_000));
        Assert.False(_pacer.IsWaiting);
    }

    [Fact]
    public void Key_frame_that_was_seen_ends_the_asking()
    {
        _pacer.Begin(0);
        Assert.Equal(2, Requests(0, 1500));
        _pacer.OnKeyframe();
        Assert.Equal(0, Requests(1500, 30_000));
    }

    [Fact]
    public void Gap_that_is_filled_within_a_second_costs_nothing()
    {
        _pacer.OnPacket(1, 10, 0);
        _pacer.OnPacket(1, 12, 10);
        Assert.Equal(0, Requests(10, 900));
        _pacer.OnPacket(1, 11, 900);
        Assert.Equal(0, Requests(900, 5000));
    }

    [Fact]
    public void Gap_still_open_after_a_second_asks_once_and_at_most_every_two()
    {
        _pacer.OnPacket(1, 10, 0);
        _pacer.OnPacket(1, 12, 10);
        Assert.False(_pacer.TryTake(1000, out _));
        Assert.True(_pacer.TryTake(1010, out uint ssrc));
        Assert.Equal(1u, ssrc);
        _pacer.OnPacket(1, 14, 1020);
        Assert.False(_pacer.TryTake(2500, out _));
        Assert.True(_pacer.TryTake(3010, out _));
        Assert.Equal(0, Requests(3010, 9000));
    }

    [Fact]
    public void Each_ssrc_is_asked_for_now_and_then()
    {
        _pacer.OnPacket(1, 1, 0);
        _pacer.OnPacket(2, 1, 5000);
        Assert.True(_pacer.TryTake(20_000, out uint first));
        Assert.Equal(1u, first);
        Assert.False(_pacer.TryTake(20_000, out _));
        Assert.True(_pacer.TryTake(25_000, out uint second));
        Assert.Equal(2u, second);
    }

    [Fact]
    public void Interval_of_zero_asks_for_none_without_a_need()
    {
        var pacer = new KeyframePacer(0);
        pacer.OnPacket(1, 1, 0);
        Assert.False(pacer.TryTake(1_000_000, out _));
    }

    [Fact]
    public void Wrap_and_restart_of_the_sequence_are_no_gaps()
    {
        _pacer.OnPacket(1, 65_535, 0);
        _pacer.OnPacket(1, 0, 10);
        _pacer.OnPacket(1, 30_000, 20);
        Assert.Equal(0, Requests(20, 10_000));
    }

    public static TheoryData<string, byte[], bool> Payloads() => new()
    {
        { "vp8", [0x10, 0x00], true },
        { "vp8", [0x10, 0x01], false },
        { "vp8", [0x00, 0x00], false },
        { "vp8", [0x90, 0x80, 0x81, 0x23, 0x00], true },
        { "vp8", [0x90, 0x80, 0x81, 0x23, 0x01], false },
        { "vp8", [0x90, 0xE0, 0x12, 0x01, 0x20, 0x00], true },
        { "vp8", [0x90, 0x80, 0x81], false },
        { "vp9", [0x88], true },
        { "vp9", [0xC8], false },
        { "h264", [0x65, 0x00], true },
        { "h264", [0x41, 0x00], false },
        { "h264", [0x78, 0x00, 0x04, 0x67], true },
        { "h264", [0x7C, 0x85], true },
        { "h264", [0x7C, 0x05], false },
        { "opus", [0x65, 0x00], false },
        { "vp8", [], false },
    };

    [Theory]
    [MemberData(nameof(Payloads))]
    public void Key_frames_are_told_from_a_few_bits(string codec, byte[] payload, bool expected) => Assert.Equal(expected, KeyframeProbe.IsKeyframe(codec, payload));

    private int Requests(long from, long to)
    {
        int count = 0;
        for (long now = from; now < to; now += 50)
        {
            while (_pacer.TryTake(now, out _))
            {
                count++;
            }
        }

        return count;
    }
}

using FsCheck.Xunit;
using Recording.Media.Rtp;

namespace Recording.Media.Tests.Rtp;

public sealed class StreamStatisticsTests
{
    private const int ClockRate = 48_000;
    private const int PacketUs = 20_000;
    private const int PacketTicks = 960;

    [Fact]
    public void Steady_stream_has_no_loss_and_no_jitter()
    {
        StreamStatistics statistics = Feed(Enumerable.Range(65_000, 2000));

        Assert.Equal(2000, statistics.Received);
        Assert.Equal(2000, statistics.Expected);
        Assert.Equal(0, statistics.Lost);
        Assert.Equal(0, statistics.JitterMs);
        Assert.Equal(0, statistics.Restarts);
    }

    [Fact]
    public void Holes_over_the_wrap_are_lost_packets()
    {
        StreamStatistics statistics = Feed([65_533, 65_534, 65_537, 65_538, 65_540]);

        Assert.Equal(8, statistics.Expected);
        Assert.Equal(3, statistics.Lost);
    }

    [Fact]
    public void Late_comers_fill_their_hole_and_count_as_reordered()
    {
        StreamStatistics statistics = Feed([1, 2, 4, 5, 3, 6]);

        Assert.Equal(0, statistics.Lost);
        Assert.Equal(1, statistics.Reordered);
        Assert.Equal(0, statistics.Duplicates);
        Assert.Equal(0, statistics.Late);
    }

    [Fact]
    public void Packet_that_comes_300_ms_after_its_due_time_is_late()
    {
        var statistics = new StreamStatistics(ClockRate);
        for (int i = 0; i < 20; i++)
        {
            if (i != 3)
            {
                Add(statistics, i, i * PacketUs);
            }
        }

        Assert.Equal(PacketArrival.Reordered, Add(statistics, 3, (3 * PacketUs) + 320_000));
        Assert.Equal(1, statistics.Late);
    }

    [Fact]
    public void Number_seen_again_is_a_duplicate_and_hides_no_loss()
    {
        StreamStatistics statistics = Feed([1, 2, 2, 2, 4]);

        Assert.Equal(2, statistics.Duplicates);
        Assert.Equal(1, statistics.Lost);
    }

    [Fact]
    public void Sender_that_begins_anew_is_not_counted_as_loss()
    {
        var statistics = new StreamStatistics(ClockRate);
        for (int i = 0; i < 10; i++)
        {
            Add(statistics, 100 + i, i * PacketUs);
        }

        Assert.Equal(PacketArrival.Doubtful, statistics.Add(40_000, 777_777_777, 10 * PacketUs));
        Assert.Equal(PacketArrival.Restart, statistics.Add(40_001, 777_777_777 + PacketTicks, 11 * PacketUs));
        statistics.Add(40_002, 777_777_777 + (2 * PacketTicks), 12 * PacketUs);

        Assert.Equal(1, statistics.Restarts);
        Assert.Equal(13, statistics.Expected);
        Assert.Equal(0, statistics.Lost);
    }

    [Fact]
    public void Long_cut_on_the_same_clock_is_loss()
    {
        var statistics = new StreamStatistics(ClockRate);
        Add(statistics, 0, 0);
        Add(statistics, 10_000, 10_000L * PacketUs);

        Assert.Equal(9_999, statistics.Lost);
        Assert.Equal(0, statistics.Restarts);
    }

    [Fact]
    public void Single_wild_number_is_left_out()
    {
        var statistics = new StreamStatistics(ClockRate);
        Add(statistics, 1, 0);
        statistics.Add(30_000, 3_000_000_000, PacketUs);
        Add(statistics, 2, PacketUs);

        Assert.Equal(1, statistics.Doubtful);
        Assert.Equal(2, statistics.Expected);
        Assert.Equal(0, statistics.Lost);
    }

    [Fact]
    public void Jitter_is_the_running_mean_of_the_rfc()
    {
        var statistics = new StreamStatistics(8_000);
        statistics.Add(1, 0, 0);
        statistics.Add(2, 160, 36_000);

        // |D| = 16 ms = 128 ticks; J = 128 / 16 = 8 ticks = 1 ms.
        Assert.Equal(1.0, statistics.JitterMs, 6);

        statistics.Add(3, 320, 56_000);
        Assert.Equal(1.0 - (1.0 / 16), statistics.JitterMs, 6);
        Assert.Equal(1.0, statistics.MaxJitterMs, 6);
    }

    [Property]
    public bool Any_order_of_a_run_within_the_window_loses_nothing(ushort start, int seed)
    {
        int[] run = Enumerable.Range(start, 500).ToArray();
        var random = new Random(seed);
        random.Shuffle(run.AsSpan(1));
        StreamStatistics statistics = Feed(run);
        return statistics is { Lost: 0, Duplicates: 0, Expected: 500, Restarts: 0 };
    }

    [Property]
    public bool Lost_is_what_was_left_out_between_the_ends(ushort start, int seed)
    {
        var random = new Random(seed);
        int[] run = Enumerable.Range(start, 400).Where((_, i) => i is 0 or 399 || random.Next(4) > 0).ToArray();
        return Feed(run).Lost == 400 - run.Length;
    }

    private static StreamStatistics Feed(IEnumerable<int> numbers)
    {
        var statistics = new StreamStatistics(ClockRate);
        int[] all = numbers.ToArray();
        for (int i = 0; i < all.Length; i++)
        {
            Add(statistics, all[i], (long)all[i] * PacketUs);
        }

        return statistics;
    }

    private static PacketArrival Add(StreamStatistics statistics, int number, long timeUs) =>
        statistics.Add((ushort)number, unchecked((uint)(number * (long)PacketTicks)), timeUs);
}

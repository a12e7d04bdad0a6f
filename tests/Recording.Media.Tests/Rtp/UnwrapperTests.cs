using FsCheck.Xunit;
using Recording.Media.Rtp;

namespace Recording.Media.Tests.Rtp;

public sealed class UnwrapperTests
{
    [Fact]
    public void Sequence_goes_on_over_the_wrap()
    {
        var unwrapper = new SequenceUnwrapper();

        Assert.Equal([65534L, 65535, 65536, 65535, 65537], new ushort[] { 65534, 65535, 0, 65535, 1 }.Select(unwrapper.Unwrap));
    }

    [Fact]
    public void Packet_before_the_first_can_be_negative()
    {
        var unwrapper = new SequenceUnwrapper();

        Assert.Equal(0, unwrapper.Unwrap(0));
        Assert.Equal(-1, unwrapper.Unwrap(65535));
    }

    [Fact]
    public void Reset_takes_the_next_number_as_it_is()
    {
        var unwrapper = new SequenceUnwrapper();
        unwrapper.Unwrap(65535);
        unwrapper.Unwrap(0);

        unwrapper.Reset();

        Assert.Equal(7, unwrapper.Unwrap(7));
    }

    [Property]
    public bool Sequence_follows_any_walk_of_less_than_half_a_turn(ushort start, short[] steps)
    {
        var unwrapper = new SequenceUnwrapper();
        long highest = start;
        bool right = unwrapper.Unwrap(start) == start;
        foreach (short step in steps)
        {
            long truth = highest + step;
            right &= unwrapper.Unwrap((ushort)truth) == truth;
            highest = Math.Max(highest, truth);
        }

        return right;
    }

    [Property]
    public bool Timestamp_follows_any_walk_of_less_than_half_a_turn(uint start, int[] steps)
    {
        var unwrapper = new TimestampUnwrapper();
        long highest = start;
        bool right = unwrapper.Unwrap(start) == start;
        foreach (int step in steps)
        {
            long truth = highest + step;
            right &= unwrapper.Unwrap(unchecked((uint)truth)) == truth;
            highest = Math.Max(highest, truth);
        }

        return right;
    }
}

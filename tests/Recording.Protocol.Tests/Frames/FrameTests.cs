using System.Buffers;
using Recording.Protocol.Frames;
using Recording.Protocol.Sfu;

namespace Recording.Protocol.Tests.Frames;

public sealed class FrameTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(70_000)]
    public void Copy_holds_the_bytes_until_it_is_given_back(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);

        using Frame frame = Frame.Copy(new ReadOnlySequence<byte>(bytes));

        Assert.Equal(bytes, frame.Span.ToArray());
        Assert.Null(frame.Message);
    }

    [Fact]
    public void Frame_that_was_given_back_twice_serves_one_taker()
    {
        Frame first = Frame.Copy([1]);
        first.Dispose();
        first.Dispose();

        Frame second = Frame.Copy([2]);
        Frame third = Frame.Copy([3]);

        Assert.NotSame(second, third);
        Assert.Equal([2], second.Span.ToArray());
        Assert.Equal([3], third.Span.ToArray());
    }

    [Fact]
    public void Frame_from_the_pool_forgets_its_last_message()
    {
        Frame outgoing = Frame.Of(new RecordingToSfu());
        outgoing.Dispose();

        using Frame incoming = Frame.Copy([1, 2]);

        Assert.Null(incoming.Message);
        Assert.Equal(2, incoming.Length);
    }
}

using Recording.Gateway.Sfu.Links;

namespace Recording.Gateway.Tests.Sfu;

public sealed class HeartbeatBookTests
{
    private readonly HeartbeatBook _book = new();

    [Fact]
    public void Answer_covers_what_was_sent_before_its_heartbeat_and_nothing_later()
    {
        _book.OnSent(10);
        long mark = _book.Mark();
        Assert.False(_book.IsHeartbeatDue);
        _book.OnAnswered(10);
        Assert.False(_book.IsRead(mark));
        Assert.True(_book.IsHeartbeatDue);

        _book.OnSent(20);
        Assert.False(_book.IsHeartbeatDue);
        _book.OnAnswered(20);
        Assert.True(_book.IsRead(mark));
        Assert.False(_book.IsRead(_book.Mark()));
    }

    [Fact]
    public void Answer_that_repeats_a_timestamp_covers_the_heartbeats_before_it_too()
    {
        _book.OnSent(10);
        long mark = _book.Mark();
        _book.OnSent(20);
        _book.OnSent(30);
        _book.OnAnswered(20);
        Assert.True(_book.IsRead(mark));
        Assert.False(_book.IsRead(mark + 1));
    }

    [Fact]
    public void Answers_without_a_timestamp_are_taken_in_order()
    {
        long mark = _book.Mark();
        _book.OnSent(10);
        _book.OnSent(20);
        _book.OnAnswered(0);
        Assert.True(_book.IsRead(mark));
        Assert.False(_book.IsRead(mark + 1));
    }

    [Fact]
    public void Answers_that_nobody_asked_for_cover_nothing()
    {
        long mark = _book.Mark();
        _book.OnAnswered(0);
        Assert.False(_book.IsRead(mark));
    }

    [Fact]
    public void Sfu_that_never_answers_is_remembered_in_bounded_space_and_believed_when_it_does()
    {
        for (int sent = 0; sent < 1000; sent++)
        {
            _book.OnSent(sent);
        }

        _book.OnAnswered(999);
        Assert.True(_book.IsRead(1000));
    }
}

using Recording.Grains.Links;

namespace Recording.Grains.Tests.Links;

public sealed class LinkLeaseBookTests
{
    private static readonly DateTimeOffset Born = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(6);

    private static LinkLeaseBook Dial() => new(false, Ttl, Born);

    private static DateTimeOffset After(double seconds) => Born.AddSeconds(seconds);

    [Fact]
    public void A_young_book_lets_newcomers_wait_one_ttl()
    {
        var book = Dial();
        var early = book.Acquire("a", 0, After(2));
        Assert.False(early.Granted);
        Assert.Equal(TimeSpan.FromSeconds(4), early.TimeToLive);

        var later = book.Acquire("a", 0, After(6));
        Assert.True(later.Granted);
        Assert.Equal((ulong)After(6).ToUnixTimeMilliseconds(), later.Fence);
    }

    [Fact]
    public void A_young_book_grants_to_the_holder_that_presents_itself_and_keeps_its_fence()
    {
        var book = Dial();
        var lease = book.Acquire("a", 77, After(1));

        Assert.True(lease.Granted);
        Assert.Equal(77UL, lease.Fence);
        Assert.False(book.Acquire("b", 0, After(6.5)).Granted);
    }

    [Fact]
    public void A_holder_that_presents_a_higher_fence_was_the_last_one()
    {
        var book = Dial();
        book.Acquire("old", 77, After(1));
        Assert.True(book.Acquire("new", 78, After(2)).Granted);
        Assert.False(book.Renew("old", 77, After(3)).Granted);
        Assert.False(book.Admit(77, After(3)));
    }

    [Fact]
    public void A_lease_holds_one_ttl_and_longer_when_renewed()
    {
        var book = Dial();
        var lease = book.Acquire("a", 0, After(10));
        Assert.False(book.Acquire("b", 0, After(15)).Granted);
        Assert.True(book.Renew("a", lease.Fence, After(15)).Granted);
        Assert.False(book.Acquire("b", 0, After(20)).Granted);
        var taken = book.Acquire("b", 0, After(21.5));
        Assert.True(taken.Granted);
        Assert.True(taken.Fence > lease.Fence);
        var refused = book.Renew("a", lease.Fence, After(22));
        Assert.False(refused.Granted);
        Assert.Equal(taken.Fence, refused.Fence);
    }

    [Fact]
    public void A_late_holder_keeps_its_link_while_nobody_took_it()
    {
        var book = Dial();
        var lease = book.Acquire("a", 0, After(10));

        Assert.Equal(lease.Fence, book.Renew("a", lease.Fence, After(60)).Fence);
        Assert.Equal(lease.Fence, book.Acquire("a", lease.Fence, After(120)).Fence);
    }

    [Fact]
    public void A_released_lease_is_free_at_once()
    {
        var book = Dial();
        var lease = book.Acquire("a", 0, After(10));
        Assert.False(book.Release("b", lease.Fence));
        Assert.True(book.Release("a", lease.Fence));
        Assert.False(book.Renew("a", lease.Fence, After(10.5)).Granted);

        var next = book.Acquire("b", 0, After(10.001));
        Assert.True(next.Granted);
        Assert.True(next.Fence > lease.Fence);
    }

    [Fact]
    public void Fences_rise_even_when_the_clock_steps_back()
    {
        var book = Dial();
        var first = book.Acquire("a", 0, After(100));
        book.Release("a", first.Fence);

        Assert.Equal(first.Fence + 1, book.Acquire("b", 0, After(10)).Fence);
    }

    [Fact]
    public void The_newest_link_of_an_sfu_that_dials_wins_at_once()
    {
        var book = new LinkLeaseBook(true, Ttl, Born);
        var older = book.Acquire("a", 0, After(0.1));
        var newer = book.Acquire("b", 0, After(0.1));

        Assert.True(older.Granted && newer.Granted);
        Assert.Equal(older.Fence + 1, newer.Fence);
        Assert.False(book.Renew("a", older.Fence, After(1)).Granted);
        Assert.True(book.Admit(newer.Fence, After(1)));
    }

    [Fact]
    public void A_young_book_believes_a_fence_that_attaches_and_gives_it_to_whoever_renews_it()
    {
        var book = Dial();
        Assert.True(book.Admit(77, After(1)));
        Assert.False(book.Acquire("b", 0, After(5)).Granted);
        Assert.True(book.Renew("a", 77, After(5)).Granted);
        Assert.False(book.Renew("b", 77, After(5)).Granted);
        Assert.False(book.Admit(0, After(5)));
    }
}

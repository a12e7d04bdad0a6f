using FsCheck.Xunit;
using Recording.Grains.Recordings;
using Recording.Grains.Tests.Doubles;
using Recording.Model;

namespace Recording.Grains.Tests.Recordings;

public sealed class TimelineStoreTests
{
    private const string Prefix = "rooms/r/x/";
    private readonly MemoryObjectStore _store = new();

    [Fact]
    public async Task Events_are_stored_by_a_flush_and_read_back_by_the_next_activation()
    {
        var first = Open("a");
        first.Add(1, Events(1, 3));
        Assert.Equal(0, first.Stored);
        await first.FlushAsync(CancellationToken.None);
        Assert.Equal(3, first.Stored);
        first.Add(4, Events(4, 1));

        var second = Open("b");
        await second.LoadAsync(false, CancellationToken.None);
        Assert.Equal(3, second.Stored);
        Assert.Equal(Events(1, 3), second.Events);
    }

    [Fact]
    public async Task Repeated_and_overlapping_batches_change_nothing()
    {
        var timeline = Open("a");
        timeline.Add(1, Events(1, 3));
        await timeline.FlushAsync(CancellationToken.None);
        timeline.Add(2, Events(2, 3));
        timeline.Add(1, Events(1, 4));
        await timeline.FlushAsync(CancellationToken.None);
        Assert.Equal(4, timeline.Stored);
        Assert.Equal(Events(1, 4), timeline.Events);
        var read = Open("b");
        await read.LoadAsync(false, CancellationToken.None);
        Assert.Equal(Events(1, 4), read.Events);
    }

    [Fact]
    public async Task A_batch_that_overtook_another_counts_as_stored_once_the_other_is_there()
    {
        var timeline = Open("a");
        timeline.Add(1, Events(1, 1));
        timeline.Add(4, Events(4, 2));
        await timeline.FlushAsync(CancellationToken.None);
        Assert.Equal(1, timeline.Stored);
        timeline.Add(2, Events(2, 2));
        await timeline.FlushAsync(CancellationToken.None);
        Assert.Equal(5, timeline.Stored);
    }

    [Fact]
    public async Task A_failed_flush_keeps_the_events_for_the_next_one()
    {
        var timeline = Open("a");
        timeline.Add(1, Events(1, 2));
        _store.Break();
        await Assert.ThrowsAsync<RecordingException>(() => timeline.FlushAsync(CancellationToken.None));
        Assert.Equal(0, timeline.Stored);
        _store.Repair();
        await timeline.FlushAsync(CancellationToken.None);
        Assert.Equal(2, timeline.Stored);
    }

    [Fact]
    public async Task Events_added_while_a_put_is_under_way_are_stored_by_the_same_flush()
    {
        var timeline = Open("a");
        timeline.Add(1, Events(1, 1));
        _store.Before = (_, _, _) =>
        {
            _store.Before = null;
            timeline.Add(2, Events(2, 1));
            return Task.CompletedTask;
        };
        await timeline.FlushAsync(CancellationToken.None);
        Assert.Equal(2, timeline.Stored);
    }

    [Fact]
    public async Task Many_small_chunks_become_few()
    {
        var timeline = Open("a");
        for (var i = 1; i <= 200; i++)
        {
            timeline.Add(i, Events(i, 1));
            await timeline.FlushAsync(CancellationToken.None);
        }

        Assert.InRange(_store.Keys.Count, 1, TimelineStore.ChunksToMerge + 1);
        var read = Open("b");
        await read.LoadAsync(false, CancellationToken.None);
        Assert.Equal(Events(1, 200), read.Events);
        Assert.Equal(200, read.Stored);
    }

    [Fact]
    public async Task Chunks_of_two_activations_that_overlap_hold_each_event_once()
    {
        foreach (var activation in new[] { "a", "b" })
        {
            var timeline = Open(activation);
            timeline.Add(1, Events(1, activation == "a" ? 3 : 5));
            await timeline.FlushAsync(CancellationToken.None);
        }

        var read = Open("c");
        await read.LoadAsync(false, CancellationToken.None);
        Assert.Equal(Events(1, 5), read.Events);
        Assert.Equal(5, read.Stored);
    }

    [Fact]
    public void A_frozen_timeline_takes_nothing_more()
    {
        var timeline = Open("a");
        timeline.Freeze();
        timeline.Add(1, Events(1, 1));
        Assert.Empty(timeline.Events);
    }

    [Property(MaxTest = 200)]
    public bool Any_order_of_batches_and_restarts_gives_every_event_once(byte[] moves)
    {
        const int Total = 40;
        var store = new MemoryObjectStore();
        var activation = 0;
        var timeline = new TimelineStore(store, Prefix, "x0");
        foreach (var move in moves)
        {
            var first = 1 + (move % Total);
            timeline.Add(first, Events(first, Math.Min(move / 32, Total - first + 1)));
            if (move % 3 == 0)
            {
                Assert.True(timeline.FlushAsync(CancellationToken.None).IsCompletedSuccessfully);
            }

            if (move % 7 == 0)
            {
                timeline = new TimelineStore(store, Prefix, $"x{++activation}");
                Assert.True(timeline.LoadAsync(false, CancellationToken.None).IsCompletedSuccessfully);
            }
        }

        timeline.Add(1, Events(1, Total));
        Assert.True(timeline.FlushAsync(CancellationToken.None).IsCompletedSuccessfully);
        var read = new TimelineStore(store, Prefix, "end");
        Assert.True(read.LoadAsync(false, CancellationToken.None).IsCompletedSuccessfully);
        return timeline.Stored == Total && read.Stored == Total && read.Events.SequenceEqual(Events(1, Total));
    }

    private static TimelineEvent[] Events(long first, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new TimelineEvent { TimeUs = (first + i) * 10, Type = "active_speaker", PeerId = $"p{first + i}" })];

    private TimelineStore Open(string activation) => new(_store, Prefix, activation);
}

using System.Security.Cryptography;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Recordings;
using Recording.Grains.Tests.Doubles;
using Recording.Model;

namespace Recording.Grains.Tests.Recordings;

public sealed class RecordingIndexTests
{
    private static readonly DateTimeOffset March = DateTimeOffset.Parse("2026-03-31T23:59:59Z");
    private readonly MemoryObjectStore _store = new();

    [Fact]
    public async Task Entries_are_listed_newest_first_by_room_status_and_page()
    {
        var index = new RecordingIndex(_store, "5");
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            var summary = Summary(March.AddSeconds(i), i % 2 == 0 ? "even" : "odd", i < 3 ? RecordingStatus.Completed : RecordingStatus.Recording);
            ids.Add(summary.RecordingId);
            await index.PutAsync(summary, CancellationToken.None);
        }

        Assert.Equal([ids[5], ids[4], ids[3], ids[2], ids[1], ids[0]], index.List(null, null, null, 10).Select(static s => s.RecordingId), StringComparer.Ordinal);
        Assert.Equal([ids[4], ids[2]], index.List("even", null, null, 2).Select(static s => s.RecordingId), StringComparer.Ordinal);
        Assert.Equal([ids[2], ids[0]], index.List("even", null, ids[4], 5).Select(static s => s.RecordingId), StringComparer.Ordinal);
        Assert.Equal([ids[2], ids[1], ids[0]], index.List(null, RecordingStatus.Completed, null, 10).Select(static s => s.RecordingId), StringComparer.Ordinal);
        Assert.Equal(["state/recordingindex/5/2026-03", "state/recordingindex/5/2026-04"], _store.Keys, StringComparer.Ordinal);

        var reread = new RecordingIndex(_store, "5");
        await reread.LoadAsync(CancellationToken.None);
        Assert.Equal(index.List(null, null, null, 10), reread.List(null, null, null, 10));
    }

    [Fact]
    public async Task Two_activations_that_write_one_month_keep_each_others_entries()
    {
        var first = new RecordingIndex(_store, "5");
        var second = new RecordingIndex(_store, "5");
        await first.LoadAsync(CancellationToken.None);
        await second.LoadAsync(CancellationToken.None);
        await first.PutAsync(Summary(March, "a"), CancellationToken.None);
        await second.PutAsync(Summary(March, "b"), CancellationToken.None);
        await first.PutAsync(Summary(March, "c"), CancellationToken.None);
        Assert.Equal(["a", "b", "c"], first.List(null, null, null, 9).Select(static s => s.RoomId).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_a_repair_wrote_beside_it_is_known_once_it_is_read_again()
    {
        var index = new RecordingIndex(_store, "5");
        var known = Summary(March, "a") with { Finished = true, Status = RecordingStatus.Completed };
        await index.PutAsync(known, CancellationToken.None);
        var repair = new RecordingIndex(_store, "5");
        await repair.PutAsync(known with { Finished = false, Reopenings = 1 }, CancellationToken.None);
        await repair.PutAsync(Summary(March.AddDays(1), "b"), CancellationToken.None);
        Assert.Empty(index.Unfinished);

        await index.RefreshAsync(CancellationToken.None);
        Assert.Equal(["a", "b"], index.Unfinished.Select(static s => s.RoomId).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_late_word_does_not_take_the_end_back()
    {
        var index = new RecordingIndex(_store, "5");
        var live = Summary(March, "a");
        await index.PutAsync(live with { Finished = true, Status = RecordingStatus.Completed }, CancellationToken.None);
        await index.PutAsync(live, CancellationToken.None);
        Assert.True(Assert.Single(index.List(null, null, null, 9)).Finished);
        Assert.Empty(index.Unfinished);
    }

    [Fact]
    public async Task An_entry_that_could_not_be_stored_is_not_listed()
    {
        var index = new RecordingIndex(_store, "5");
        await index.LoadAsync(CancellationToken.None);
        _store.Break();
        var error = await Assert.ThrowsAsync<RecordingException>(() => index.PutAsync(Summary(March, "a"), CancellationToken.None));
        Assert.Equal(RecordingErrorCode.StoreUnavailable, error.Code);
        Assert.Empty(index.List(null, null, null, 9));
        _store.Repair();
        await index.PutAsync(Summary(March, "a"), CancellationToken.None);
        Assert.Single(index.List(null, null, null, 9));
    }

    [Fact]
    public async Task An_entry_that_did_not_change_is_not_written_again()
    {
        var index = new RecordingIndex(_store, "5");
        var summary = Summary(March, "a");
        await index.PutAsync(summary, CancellationToken.None);
        var calls = _store.Calls.Count;
        await index.PutAsync(summary with { }, CancellationToken.None);
        Assert.Equal(calls, _store.Calls.Count);
    }

    private static RecordingSummary Summary(DateTimeOffset time, string room, RecordingStatus status = RecordingStatus.Recording)
    {
        var id = RecordingId.Mint(time, RandomNumberGenerator.GetBytes(RecordingId.EntropyBytes));
        return new RecordingSummary { RecordingId = id, RoomId = room, Prefix = $"rooms/{room}/{id}/", Status = status, StartedAtUs = 1 };
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Recording.Grains.Tests.Doubles;
using Recording.Grains.Tracks;
using Recording.Media.TrackFiles;
using Recording.Storage;

namespace Recording.Grains.Tests.Tracks;

public sealed class SegmentRollUpTests : IDisposable
{
    private readonly MemoryObjectStore _store = new();
    private readonly TrackOptions _options = new() { RollUpBytes = 3000 };
    private readonly TrackMetrics _metrics = new();
    private readonly SegmentRollUp _rollUp;
    private readonly RollUpPlan _plan;

    public SegmentRollUpTests()
    {
        _rollUp = new SegmentRollUp(_store, Options.Create(_options), TimeProvider.System, _metrics, NullLogger<SegmentRollUp>.Instance);
        _plan = new RollUpPlan(_options);
    }

    public void Dispose()
    {
        _rollUp.Dispose();
        _metrics.Dispose();
    }

    private async Task<StoredPart> PutAsync(ulong first, int count, string activation = "act")
    {
        byte[] section = TrackSection.Encode(TestTrack.Header);
        byte[] blocks = TestTrack.DataBlock(first, count);
        var key = new SegmentKey(TestTrack.Epoch, first, first + (ulong)count - 1, activation);
        var segment = new TrackSegment(key, RecordingKeys.Segment(TestTrack.Prefix, TestTrack.TrackId, key), section, [blocks], section.Length + blocks.Length, isMergeable: true);
        byte[] content = new byte[segment.Length];
        segment.CopyTo(content);
        await _store.PutAsync(segment.ObjectKey, content);
        return new StoredPart(key, segment.ObjectKey, segment.Length, segment.Checksum);
    }

    private async Task<List<StoredPart>> PutManyAsync(int parts)
    {
        List<StoredPart> put = [];
        for (int i = 0; i < parts; i++)
        {
            put.Add(await PutAsync((ulong)(i * 20) + 1, 20));
        }

        return put;
    }

    private Task<RollUpOutcome> MergeAsync(IReadOnlyList<StoredPart> parts) =>
        _rollUp.MergeAsync(TestTrack.Prefix, TestTrack.TrackId, parts, CancellationToken.None);

    [Fact]
    public async Task Parts_become_one_object_that_reads_like_them()
    {
        List<StoredPart> parts = await PutManyAsync(5);
        Assert.Equal(RollUpOutcome.Merged, await MergeAsync(parts));
        string key = Assert.Single(_store.Keys);
        Assert.True(SegmentKey.TryParse(key, out SegmentKey merged));
        Assert.Equal(new SegmentKey(TestTrack.Epoch, 1, 100, "act"), merged);
        StoredTrack.Read(_store).AssertComplete(100);
    }

    [Fact]
    public async Task A_sealed_track_keeps_its_parts()
    {
        List<StoredPart> parts = await PutManyAsync(3);
        await _store.PutAsync(RecordingKeys.Sealed(TestTrack.Prefix, TestTrack.TrackId), "x"u8.ToArray());
        Assert.Equal(RollUpOutcome.Sealed, await MergeAsync(parts));
        Assert.All(parts, p => Assert.NotNull(_store[p.ObjectKey]));
    }

    [Fact]
    public async Task A_seal_that_comes_while_the_merge_is_written_keeps_the_parts()
    {
        List<StoredPart> parts = await PutManyAsync(3);
        string seal = RecordingKeys.Sealed(TestTrack.Prefix, TestTrack.TrackId);
        _store.Before = async (operation, _, token) =>
        {
            if (operation == "put-streaming")
            {
                _store.Before = null;
                await _store.PutAsync(seal, "x"u8.ToArray(), cancellationToken: token);
            }
        };
        Assert.Equal(RollUpOutcome.Sealed, await MergeAsync(parts));
        Assert.All(parts, p => Assert.NotNull(_store[p.ObjectKey]));
    }

    [Fact]
    public async Task A_part_that_reads_back_damaged_is_never_merged()
    {
        List<StoredPart> parts = await PutManyAsync(3);
        byte[] damaged = [.. _store[parts[1].ObjectKey]!];
        damaged[^20] ^= 1;
        await _store.PutAsync(parts[1].ObjectKey, damaged);
        Assert.Equal(RollUpOutcome.Failed, await MergeAsync(parts));
        Assert.Equal(3, _store.Keys.Count);
        Assert.All(parts, p => Assert.NotNull(_store[p.ObjectKey]));
    }

    [Fact]
    public async Task A_crash_between_put_and_delete_leaves_overlaps_that_read_once()
    {
        List<StoredPart> parts = await PutManyAsync(4);
        int deletes = 0;
        _store.Before = (operation, _, _) => operation == "delete" && ++deletes == 3 ? throw new IOException("gone") : Task.CompletedTask;
        Assert.Equal(RollUpOutcome.Failed, await MergeAsync(parts));
        Assert.Equal(3, _store.Keys.Count);
        StoredTrack.Read(_store).AssertComplete(80);
    }

    [Fact]
    public async Task A_run_never_reaches_over_a_hole_or_beyond_what_is_stored()
    {
        List<StoredPart> parts = await PutManyAsync(8);
        foreach (int i in new[] { 7, 1, 0, 3, 4, 5, 6 })
        {
            _plan.Add(parts[i]);
        }

        Assert.Null(_plan.Next(_ => 40));
        IReadOnlyList<StoredPart>? run = _plan.Next(_ => 140);
        Assert.NotNull(run);
        Assert.Equal(parts[3].Key, run[0].Key);
        Assert.True(run.Sum(p => p.Length) >= _options.RollUpBytes);
        Assert.All(run.Zip(run.Skip(1)), pair => Assert.Equal(pair.First.Key.LastIndex + 1, pair.Second.Key.FirstIndex));
        Assert.True(run[^1].Key.LastIndex <= 140);
    }

    [Fact]
    public async Task A_single_segment_is_never_merged()
    {
        _plan.Add(await PutAsync(1, 60));
        Assert.Null(_plan.Next(_ => 1000));
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Recording.Grains.Tests.Doubles;
using Recording.Grains.Tracks;
using Recording.Media.TrackFiles;

namespace Recording.Grains.Tests.Tracks;

public sealed class SegmentUploaderTests : IDisposable
{
    private readonly MemoryObjectStore _store = new();
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.Zero };
    private readonly TrackMetrics _metrics = new();
    private readonly CancellationTokenSource _stop = new();
    private SegmentUploader? _uploader;

    public void Dispose()
    {
        _uploader?.Dispose();
        _metrics.Dispose();
        _stop.Dispose();
    }

    private SegmentUploader Uploader(TrackOptions? options = null) => _uploader = new SegmentUploader(
        _store, Options.Create(options ?? new TrackOptions()), _time, _metrics, NullLogger<SegmentUploader>.Instance);

    private static TrackSegment Segment(ulong first = 1)
    {
        byte[] section = TrackSection.Encode(TestTrack.Header);
        byte[] blocks = TestTrack.DataBlock(first, 10);
        var key = new SegmentKey(TestTrack.Epoch, first, first + 9, "act");
        return new TrackSegment(key, TestTrack.Segments + key.FileName, section, [blocks], section.Length + blocks.Length, isMergeable: true);
    }

    /// <summary>Moves the clock until a task is done.</summary>
    private async Task<T> Advancing<T>(Task<T> task)
    {
        await Polling.Until(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return task.IsCompleted;
        });
        return await task;
    }

    [Fact]
    public async Task A_segment_is_put_whole_under_its_key()
    {
        TrackSegment segment = Segment();
        Assert.True(await Uploader().PutAsync(segment, _stop.Token));
        Assert.Equal(segment.Length, _store[segment.ObjectKey]!.Length);
        Assert.Equal(segment.Checksum, Crc32C.Compute(_store[segment.ObjectKey]));
        StoredTrack.Read(_store).AssertComplete(10);
    }

    [Fact]
    public async Task A_put_that_fails_is_tried_until_it_succeeds_with_the_same_bytes()
    {
        int attempts = 0;
        _store.Before = (_, _, _) => ++attempts < 6 ? throw new IOException("down") : Task.CompletedTask;
        Assert.True(await Advancing(Uploader().PutAsync(Segment(), _stop.Token)));
        Assert.Equal(6, attempts);
        StoredTrack.Read(_store).AssertComplete(10);
    }

    [Fact]
    public async Task A_put_that_hangs_without_heeding_its_token_is_given_up_and_tried_again()
    {
        var never = new TaskCompletionSource();
        int attempts = 0;
        _store.Before = (_, _, _) => Interlocked.Increment(ref attempts) == 1 ? never.Task : Task.CompletedTask;
        Assert.True(await Advancing(Uploader().PutAsync(Segment(), _stop.Token)));
        Assert.Equal(2, attempts);
    }

    [Fact]
    public async Task Stop_ends_the_attempts_during_a_put_and_during_the_wait()
    {
        _store.Hang();
        SegmentUploader uploader = Uploader(new TrackOptions { UploadConcurrency = 1 });
        Task<bool> hanging = uploader.PutAsync(Segment(), _stop.Token);
        Task<bool> queued = uploader.PutAsync(Segment(11), _stop.Token);
        await _stop.CancelAsync();
        Assert.False(await hanging);
        Assert.False(await queued);
        Assert.Empty(_store.Keys);
    }

    [Fact]
    public async Task No_more_puts_run_at_once_than_allowed()
    {
        int running = 0;
        int most = 0;
        using var gate = new SemaphoreSlim(0);
        _store.Before = async (_, _, token) =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            await gate.WaitAsync(token);
            Interlocked.Decrement(ref running);
        };
        SegmentUploader uploader = Uploader(new TrackOptions { UploadConcurrency = 3 });
        Task<bool>[] puts = [.. Enumerable.Range(0, 20).Select(i => uploader.PutAsync(Segment((ulong)(i * 10) + 1), _stop.Token))];
        await Polling.Until(() => Volatile.Read(ref running) == 3);
        gate.Release(puts.Length);
        Assert.All(await Task.WhenAll(puts), Assert.True);
        Assert.Equal(3, most);
    }

    [Fact]
    public void The_interval_stretches_with_the_put_rate_and_comes_back()
    {
        var options = new TrackOptions { TargetPutsPerSecond = 10 };
        var pace = new SegmentPace(options, _time);
        for (int i = 0; i < 400; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            pace.Record(TimeSpan.Zero);
        }

        Assert.Equal(options.MaxSegmentInterval, pace.Interval);
        for (int i = 0; i < 60; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            pace.Record(TimeSpan.Zero);
        }

        Assert.Equal(options.SegmentInterval, pace.Interval);
    }

    [Fact]
    public void The_interval_stretches_when_puts_wait_for_a_slot()
    {
        var options = new TrackOptions();
        var pace = new SegmentPace(options, _time);
        for (int i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            pace.Record(options.TargetQueueWait * 2);
        }

        Assert.InRange(pace.Interval, options.SegmentInterval * 1.5, options.MaxSegmentInterval);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (seen < value && Interlocked.CompareExchange(ref target, value, seen) is var was && was != seen)
        {
            seen = was;
        }
    }
}

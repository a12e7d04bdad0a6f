using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Tracks;

/// <summary>Puts the segments of all tracks of a silo: so many at once, each attempt bounded in time, tried again until the track says stop.</summary>
internal sealed class SegmentUploader : IDisposable
{
    private const int MaxBackoffDoublings = 16;

    /// <summary>An outage fails the segments of all tracks again and again; the metric counts each attempt.</summary>
    private const int LogEvery = 10;

    private readonly IObjectStore _store;
    private readonly TrackOptions _options;
    private readonly TimeProvider _time;
    private readonly TrackMetrics _metrics;
    private readonly ILogger<SegmentUploader> _logger;
    private readonly SemaphoreSlim _slots;
    private readonly SegmentPace _pace;

    public SegmentUploader(
        IObjectStore store, IOptions<TrackOptions> options, TimeProvider time, TrackMetrics metrics, ILogger<SegmentUploader> logger)
    {
        _store = store;
        _options = options.Value;
        _time = time;
        _metrics = metrics;
        _logger = logger;
        _slots = new SemaphoreSlim(_options.UploadConcurrency);
        _pace = new SegmentPace(_options, time);
    }

    /// <summary>Age at which tracks cut their segments now.</summary>
    public TimeSpan Interval => _pace.Interval;

    /// <summary>Puts a segment; true when it is stored, false when <paramref name="stop"/> ended the attempts. Runs on the thread pool and throws nothing.</summary>
    public Task<bool> PutAsync(TrackSegment segment, CancellationToken stop) => Task.Run(() => PutUntilStoredAsync(segment, stop), CancellationToken.None);

    /// <inheritdoc />
    public void Dispose() => _slots.Dispose();

    private async Task<bool> PutUntilStoredAsync(TrackSegment segment, CancellationToken stop)
    {
        _metrics.Queued();
        try
        {
            for (int attempt = 0; ; attempt++)
            {
                long queuedAt = _time.GetTimestamp();
                await _slots.WaitAsync(stop);
                try
                {
                    _pace.Record(_time.GetElapsedTime(queuedAt));
                    if (await TryPutAsync(segment, attempt, stop))
                    {
                        return true;
                    }
                }
                finally
                {
                    _slots.Release();
                }

                await Task.Delay(Backoff(attempt), _time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            SegmentUploaderLog.Stopped(_logger, segment.ObjectKey);
            return false;
        }
        finally
        {
            _metrics.Left();
        }
    }

    private async Task<bool> TryPutAsync(TrackSegment segment, int attempt, CancellationToken stop)
    {
        using Activity? span = RecordingTrace.StartForKey("segment.put", segment.ObjectKey);
        long startedAt = _time.GetTimestamp();
        var buffer = PutBuffer.Rent(segment.Length);
        using var deadline = new CancellationTokenSource(_options.UploadTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            segment.CopyTo(buffer.Memory.Span);

            // WaitAsync: a store that does not heed its token must not hold a slot for ever.
            await _store.PutAsync(segment.ObjectKey, buffer.Memory, cancellationToken: linked.Token).WaitAsync(linked.Token);
            _metrics.Stored(segment.Length, _time.GetElapsedTime(startedAt));

            // Only now is it certain that nobody reads the buffer any more; after a failure it is left to the collector.
            buffer.Dispose();
            return true;
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            _metrics.Failed();
            if (attempt % LogEvery == 0)
            {
                SegmentUploaderLog.Failed(_logger, segment.ObjectKey, segment.Length, attempt + 1, exception);
            }

            return false;
        }
    }

    private TimeSpan Backoff(int attempt)
    {
        TimeSpan delay = _options.RetryDelay * (1L << Math.Min(attempt, MaxBackoffDoublings));
        delay = delay < _options.MaxRetryDelay ? delay : _options.MaxRetryDelay;
        return delay * (0.5 + (Random.Shared.NextDouble() / 2));
    }
}

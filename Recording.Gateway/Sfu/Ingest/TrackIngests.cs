using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Recording.Grains.Abstractions.Recordings;
using Recording.Model;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>
/// Every track that this process feeds. Sends what is due every few milliseconds, tells recordings which epochs are on their way and which are
/// drained, and forgets tracks that are done. Tracks live here and not in their link, because what they hold outlives it.
/// </summary>
internal sealed class TrackIngests(IngestContext context) : BackgroundService
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_forget = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan s_logInterval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<IngestKey, Entry> _entries = new();
    private readonly ConcurrentDictionary<string, long> _loggedAt = new(StringComparer.Ordinal);

    /// <summary>Tracks that hold something.</summary>
    public int Unfinished => _entries.Count(static e => !e.Value.Ingest.IsStored);

    /// <summary>Recordings that are fed.</summary>
    public int ActiveRecordings => _entries.Values.Where(static e => !e.Ingest.IsDrained).Select(static e => e.Ingest.Identity.RecordingId).Distinct(StringComparer.Ordinal).Count();

    public int Count => _entries.Count;

    public TrackIngest? Find(IngestKey key) => _entries.TryGetValue(key, out Entry? entry) ? entry.Ingest : null;

    /// <summary>
    /// Finds the track of this epoch, or begins it. It stays until the caller releases its <see cref="TrackIngest.Holders"/>: only then may silence
    /// mean that nothing comes.
    /// </summary>
    public TrackIngest Hold(IngestKey key, Func<TrackIngest> create)
    {
        while (true)
        {
            Entry entry = _entries.GetOrAdd(key, static (_, make) => new Entry(make()), create);
            if (!entry.Ingest.IsFenced && entry.Ingest.Holders.TryHold())
            {
                return entry.Ingest;
            }

            _entries.TryRemove(new KeyValuePair<IngestKey, Entry>(key, entry));
        }
    }

    /// <summary>Whether another epoch of this track was fed here before.</summary>
    public TrackIngest? EarlierEpoch(IngestKey key) =>
        _entries.Values.Where(e => e.Ingest.Identity.RecordingId == key.RecordingId && e.Ingest.Identity.TrackId == key.TrackId && e.Ingest.Epoch != key.Epoch && e.Ingest.Kind != IngestKind.Reports)
            .Select(static e => e.Ingest).MinBy(static i => i.Idle);

    /// <summary>Ends every track of an epoch that has no more to come; sets its end to now.</summary>
    public void EndEpoch(ulong epoch)
    {
        foreach ((IngestKey key, Entry entry) in _entries)
        {
            if (key.Epoch == epoch)
            {
                entry.Ingest.EndNow();
            }
        }
    }

    /// <summary>One round; the background loop calls it every 20 ms.</summary>
    public void Tick(bool flush = false)
    {
        foreach ((IngestKey key, Entry entry) in _entries)
        {
            TrackIngest ingest = entry.Ingest;
            ingest.Tick(flush);
            if (ingest.IsFenced)
            {
                // The other gateway says how far this epoch goes, and when it is drained.
                _entries.TryRemove(new KeyValuePair<IngestKey, Entry>(key, entry));
                continue;
            }

            if (entry.IsReporting || context.Time.GetTimestamp() < entry.RetryAt)
            {
                continue;
            }

            if (!entry.IsAnnounced && ingest.HasPackets)
            {
                entry.IsReporting = true;
                _ = ReportAsync(entry, "TrackResumed", grain => grain.TrackResumed(ingest.Identity.TrackId, ingest.Epoch), () => entry.IsAnnounced = true);
            }
            else if (!entry.IsFinished && ingest.IsDrained && (entry.IsAnnounced || !ingest.HasPackets))
            {
                entry.IsReporting = true;
                ulong last = ingest.NextIndex - 1;
                _ = ReportAsync(entry, "TrackDrained", grain => grain.TrackDrained(ingest.Identity.TrackId, ingest.Epoch, last), () =>
                {
                    SfuLinkLog.TrackDrained(context.Logger, ingest.Identity.RecordingId, ingest.Identity.TrackId, ingest.Epoch, last);
                    entry.IsFinished = true;
                });
            }
            else if (entry.IsFinished ? !ingest.IsDrained || ingest.Idle > s_retry * 30 : ingest.IsStored && ingest.Idle > s_forget)
            {
                // Finished, then resumed in the same session: it is reported again when it ends again.
                if (!ingest.IsDrained && entry.IsFinished)
                {
                    entry.IsFinished = false;
                    entry.IsAnnounced = false;
                }
                else if (ingest.Holders.TryGiveUp())
                {
                    _entries.TryRemove(new KeyValuePair<IngestKey, Entry>(key, entry));
                }
            }
        }
    }

    /// <summary>Waits until everything received is stored, or until it is cancelled.</summary>
    public async Task<int> DrainAsync(CancellationToken cancellation)
    {
        try
        {
            for (Tick(flush: true); Unfinished > 0; Tick(flush: true))
            {
                await Task.Delay(s_tick, context.Time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Unfinished;
        }

        return 0;
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_tick, context.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Tick();
            }
            catch (Exception exception)
            {
                context.Metrics.CallFailed(nameof(Tick));
                SfuLinkLog.LoopFailed(context.Logger, exception, nameof(TrackIngests));
            }
        }
    }

    private async Task ReportAsync(Entry entry, string method, Func<IRecordingGrain, Task> call, Action done)
    {
        TrackIdentity identity = entry.Ingest.Identity;
        try
        {
            await call(context.Grains.GetGrain<IRecordingGrain>(identity.RecordingId));
            done();
        }
        catch (RecordingException exception) when (exception.Code is RecordingErrorCode.NoSuchRecording or RecordingErrorCode.WrongState)
        {
            // The recording is over or gone: there is nobody left to tell.
            done();
        }
        catch (RecordingException exception) when (exception.Code is RecordingErrorCode.UnknownProducer)
        {
            // Usual at a start: packets are here before the room has told the recording of the track.
            RetryLater(entry);
        }
        catch (Exception exception)
        {
            RetryLater(entry);
            context.Metrics.CallFailed(method);
            if (MayLog(method))
            {
                SfuLinkLog.RecordingCallFailed(context.Logger, exception, identity.RecordingId, identity.TrackId, method);
            }
        }
        finally
        {
            entry.IsReporting = false;
        }
    }

    private void RetryLater(Entry entry) =>
        entry.RetryAt = context.Time.GetTimestamp() + (long)(s_retry.TotalSeconds * context.Time.TimestampFrequency);

    // An outage fails a call for each track and second; one line a minute says as much.
    private bool MayLog(string method)
    {
        long now = context.Time.GetTimestamp();
        if (_loggedAt.TryGetValue(method, out long loggedAt))
        {
            return context.Time.GetElapsedTime(loggedAt, now) >= s_logInterval && _loggedAt.TryUpdate(method, now, loggedAt);
        }

        return _loggedAt.TryAdd(method, now);
    }

    private sealed class Entry(TrackIngest ingest)
    {
        private long _retryAt;

        public TrackIngest Ingest => ingest;

        public volatile bool IsReporting;

        public volatile bool IsAnnounced;

        public volatile bool IsFinished;

        public long RetryAt
        {
            get => Volatile.Read(ref _retryAt);
            set => Volatile.Write(ref _retryAt, value);
        }
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Recording.Gateway.Sfu.Spool;
using Recording.Model;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>
/// Every track that this process feeds. Sends what is due every few milliseconds, tells recordings which epochs are on their way and which are
/// drained, and forgets tracks that are done. Tracks live here and not in their link, because what they hold outlives it.
/// </summary>
internal sealed class TrackIngests(IngestContext context) : BackgroundService
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_forget = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_forgetFinished = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<IngestKey, TrackEntry> _entries = new();

    // Overtaken by another gateway, or by a newer session here: they only bring what they hold.
    private readonly ConcurrentDictionary<TrackEntry, byte> _leaving = new();
    private readonly TrackReports _reports = new(context);
    private long _lookedAt = context.Time.GetTimestamp();
    private Task _looking = Task.CompletedTask;

    /// <summary>Tracks that hold something.</summary>
    public int Unfinished => All.Count(static e => !e.Ingest.IsStored);

    /// <summary>Tracks that hold something that would be lost with this process.</summary>
    public int Unsafe => All.Count(static e => !e.Ingest.IsDurable);

    /// <summary>Recordings that are fed.</summary>
    public int ActiveRecordings => _entries.Values.Where(static e => !e.Ingest.IsDrained).Select(static e => e.Ingest.Identity.RecordingId).Distinct(StringComparer.Ordinal).Count();

    public int Count => _entries.Count;

    public TrackIngest? Find(IngestKey key) => _entries.TryGetValue(key, out TrackEntry? entry) ? entry.Ingest : null;

    /// <summary>Whether the recording was told all there is to tell of a track that is drained.</summary>
    public bool IsReported(TrackIngest ingest) =>
        !_entries.TryGetValue(KeyOf(ingest), out TrackEntry? entry) || entry.Ingest != ingest || entry.IsFinished;

    /// <summary>
    /// Finds the track of this epoch, or begins it. It stays until the caller releases its <see cref="TrackIngest.Holders"/>: only then may silence
    /// mean that nothing comes.
    /// </summary>
    public TrackIngest Hold(IngestKey key, Func<TrackIngest> create)
    {
        while (true)
        {
            TrackEntry entry = _entries.GetOrAdd(key, static (_, make) => new TrackEntry(make()), create);
            if (!entry.Ingest.IsFenced && entry.Ingest.Holders.TryHold())
            {
                return entry.Ingest;
            }

            Leave(key, entry);
        }
    }

    /// <summary>Takes up tracks that processes which are gone have left on disk.</summary>
    public void Adopt(IReadOnlyList<AdoptedTrack> found)
    {
        foreach (IGrouping<IngestKey, AdoptedTrack> group in found.GroupBy(static f => new IngestKey(f.Track.Identity.RecordingId, f.Track.Identity.TrackId, f.Track.Epoch)))
        {
            SpoolTrack first = group.First().Track;
            var ingest = new TrackIngest(context, first.Identity, new LinkFence(), first.Epoch, first.Kind);
            ingest.Adopt([.. group]);
            var entry = new TrackEntry(ingest);
            if (!_entries.TryAdd(group.Key, entry))
            {
                _leaving.TryAdd(entry, 0);
            }
        }
    }

    /// <summary>Whether another epoch of this track was fed here before.</summary>
    public TrackIngest? EarlierEpoch(IngestKey key) =>
        _entries.Values.Where(e => e.Ingest.Identity.RecordingId == key.RecordingId && e.Ingest.Identity.TrackId == key.TrackId && e.Ingest.Epoch != key.Epoch && e.Ingest.Kind != IngestKind.Reports)
            .Select(static e => e.Ingest).MinBy(static i => i.Idle);

    /// <summary>Ends every track of an epoch that has no more to come; sets its end to now.</summary>
    public void EndEpoch(ulong epoch)
    {
        foreach ((IngestKey key, TrackEntry entry) in _entries)
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
        Predicate<TrackIdentity> holdsReports = HoldsReports;
        foreach ((IngestKey key, TrackEntry entry) in _entries)
        {
            TrackIngest ingest = entry.Ingest;
            ingest.Tick(flush);
            if (ingest.IsFenced)
            {
                Leave(key, entry);
            }
            else if (!_reports.Report(entry, holdsReports) && IsForgettable(entry) && ingest.Holders.TryGiveUp())
            {
                _entries.TryRemove(new KeyValuePair<IngestKey, TrackEntry>(key, entry));
                ingest.Forget();
            }
        }

        foreach (TrackEntry entry in _leaving.Keys)
        {
            entry.Ingest.Tick(flush);
            TrackIngest ingest = entry.Ingest;
            if (!_reports.ReportLeaving(entry, () => _entries.GetValueOrDefault(KeyOf(ingest))) && ingest.IsStored)
            {
                _leaving.TryRemove(entry, out _);
                entry.Ingest.Forget();
            }
        }

        if (context.Spool is { IsUsed: true } spool && context.Time.GetElapsedTime(_lookedAt) >= s_lookInterval && _looking.IsCompleted)
        {
            _lookedAt = context.Time.GetTimestamp();
            _looking = Task.Run(() => Adopt(spool.Adopt()));
        }
    }

    /// <summary>Waits until everything received is stored, or until it is cancelled; then, or when what is left lies in the spool, answers how many tracks are not stored.</summary>
    /// <param name="patience">How long the store is waited for when the spool has the rest.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<int> DrainAsync(TimeSpan patience, CancellationToken cancellation)
    {
        long started = context.Time.GetTimestamp();
        try
        {
            for (Tick(flush: true); Unfinished > 0; Tick(flush: true))
            {
                if (context.Time.GetElapsedTime(started) >= patience && Unsafe == 0)
                {
                    break;
                }

                await Task.Delay(s_tick, context.Time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // What is in memory only is lost unless its SFU has it.
        }

        // A stream that ends with this process has to be reported as over, if need be by the next one.
        foreach (TrackEntry entry in All.Where(static e => e.Ingest.IsStored && !e.IsSpoolSaid && !e.Ingest.IsAdopted && (e.IsFinished || e.Ingest.Kind == IngestKind.Acknowledged)))
        {
            entry.Ingest.Forget();
        }

        return Unfinished;
    }

    /// <inheritdoc />
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // Before any link: an SFU is asked to go on behind what was found.
        if (context.Spool is { } spool)
        {
            Adopt(spool.Open());
        }

        return base.StartAsync(cancellationToken);
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

    private IEnumerable<TrackEntry> All => _entries.Values.Concat(_leaving.Keys);

    private bool HoldsReports(TrackIdentity track) => _entries.Any(pair =>
        pair.Key.TrackId == track.TrackId && pair.Key.RecordingId == track.RecordingId && pair.Value.Ingest is { Kind: IngestKind.Reports, IsStored: false, IsHeldBack: false });

    private static bool IsForgettable(TrackEntry entry) => entry.IsFinished
        ? entry.Ingest.IsDrained && entry.Ingest.Idle > s_forgetFinished
        : entry.Ingest.IsStored && entry.Ingest.Idle > s_forget;

    private static IngestKey KeyOf(TrackIngest ingest) => new(ingest.Identity.RecordingId, ingest.Identity.TrackId, ingest.Epoch);

    private void Leave(IngestKey key, TrackEntry entry)
    {
        if (_entries.TryRemove(new KeyValuePair<IngestKey, TrackEntry>(key, entry)))
        {
            _leaving.TryAdd(entry, 0);
        }
    }
}

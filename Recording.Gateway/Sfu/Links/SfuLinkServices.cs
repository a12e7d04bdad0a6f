using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Recording.Gateway.Sfu.Ingest;

namespace Recording.Gateway.Sfu.Links;

/// <summary>What all links of this process share, and which links there are.</summary>
internal sealed class SfuLinkServices(
    IOptions<SfuLinkOptions> options, IngestContext ingest, TrackIngests ingests, ILogger<SfuLink> logger)
{
    private readonly ConcurrentDictionary<string, LinkContinuity> _continuity = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<SfuLink, byte> _links = new();
    private volatile bool _isDraining;

    public SfuLinkOptions Options => options.Value;

    /// <summary>When the process began to serve links, in <see cref="Time"/>'s timestamps.</summary>
    public long StartedAt { get; } = ingest.Time.GetTimestamp();

    public IGrainFactory Grains => ingest.Grains;

    public TimeProvider Time => ingest.Time;

    public IngestContext Ingest => ingest;

    public TrackIngests Ingests => ingests;

    public SfuLinkMetrics Metrics => ingest.Metrics;

    public ILogger Logger => logger;

    /// <summary>The process is shutting down: no new rooms, no new links.</summary>
    public bool IsDraining => _isDraining;

    public ICollection<SfuLink> Links => _links.Keys;

    /// <summary>Room events that are not durable yet.</summary>
    public int PendingEvents => _continuity.Values.Sum(static c => c.Pending);

    /// <summary>SFUs of which something is remembered.</summary>
    public int RememberedSfus => _continuity.Count;

    /// <summary>What stays of an SFU between its connections, held until <see cref="LinkContinuity.Unhold"/>.</summary>
    public LinkContinuity HoldContinuity(string key)
    {
        while (true)
        {
            LinkContinuity continuity = _continuity.GetOrAdd(key, static (k, self) => new LinkContinuity(k, self.Grains, self.Time, self.Logger, self.Metrics), this);
            if (continuity.TryHold())
            {
                return continuity;
            }

            _continuity.TryRemove(new KeyValuePair<string, LinkContinuity>(key, continuity));
        }
    }

    /// <summary>A random epoch; never 0.</summary>
    public Func<ulong> NewEpoch { get; init; } = static () => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;

    /// <summary>Serves a link and keeps it in the list meanwhile.</summary>
    public async Task<LinkEnd> RunAsync(SfuLink link)
    {
        _links.TryAdd(link, 0);
        try
        {
            return await link.RunAsync();
        }
        finally
        {
            _links.TryRemove(link, out _);
            link.Dispose();
        }
    }

    public void BeginDraining() => _isDraining = true;

    /// <summary>Sends events of rooms whose link is gone, and forgets SFUs that are gone for good.</summary>
    public void Tick()
    {
        foreach ((string key, LinkContinuity continuity) in _continuity)
        {
            continuity.Tick();
            if (continuity.TryForget())
            {
                _continuity.TryRemove(new KeyValuePair<string, LinkContinuity>(key, continuity));
            }
        }
    }
}

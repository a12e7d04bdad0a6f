using System.Collections.Concurrent;
using Recording.Grains.Abstractions.Links;
using Recording.Grains.Abstractions.Rooms;

namespace Recording.Grains.Tests.Rooms;

/// <summary>The gateway's side of one link and room: sends events in order, again when asked to, and keeps what it was told.</summary>
internal sealed class TestGateway(RoomCluster cluster, string linkKey, string roomId, string gatewayId = "gateway-1") : ISfuLinkObserver
{
    private readonly List<RoomEvent> _sent = [];

    public ulong Fence { get; set; }

    public ConcurrentQueue<RoomDirective> Directives { get; } = new();

    public ConcurrentQueue<ulong> FencedBy { get; } = new();

    /// <summary>The newest that was told.</summary>
    public RoomDirective? Wanted => Directives.MaxBy(static directive => directive.Version);

    public long Sent => _sent.Count;

    public Task OnDirective(RoomDirective directive)
    {
        Directives.Enqueue(directive);
        return Task.CompletedTask;
    }

    public Task OnFenced(ulong newerFence)
    {
        FencedBy.Enqueue(newerFence);
        return Task.CompletedTask;
    }

    public ISfuLinkObserver Reference() => _reference ??= cluster.Grains.CreateObjectReference<ISfuLinkObserver>(this);

    private ISfuLinkObserver? _reference;

    public async Task Acquire()
    {
        var lease = await RoomCluster.Until(() => cluster.Link(linkKey).Acquire(gatewayId, Fence), static lease => lease.Granted);
        Fence = lease.Fence;
    }

    public Task<bool> Attach() => cluster.Link(linkKey).Attach(Fence, Reference(), [roomId]);

    public static long Now() => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Sends one more event, and older ones when the room asks for them.</summary>
    public async Task<HandleResult> Send(RoomEvent roomEvent)
    {
        _sent.Add(roomEvent);
        var first = _sent.Count - 1;
        while (true)
        {
            var result = await Handle(first, [.. _sent.Skip(first)]);
            if (result.Fenced || result.ExpectedSequence > _sent.Count)
            {
                return result;
            }

            first = (int)result.ExpectedSequence - 1;
        }
    }

    /// <summary>Sends again from a sequence.</summary>
    public Task<HandleResult> Resend(int sequence) => Handle(sequence - 1, [.. _sent.Skip(sequence - 1)]);

    public Task<HandleResult> Ask() => Handle(_sent.Count, []);

    private Task<HandleResult> Handle(int first, RoomEvent[] events) => cluster.Room(roomId).Handle(
        new RoomEventBatch { LinkKey = linkKey, Fence = Fence, Epoch = 7, FirstSequence = first + 1, Events = events });
}

namespace Recording.Grains.Abstractions.Rooms;

/// <summary>Events of one room from one link, in order. One call in flight per room and link.</summary>
[GenerateSerializer, Immutable, Alias("recording.RoomEventBatch")]
public sealed class RoomEventBatch
{
    /// <summary>The link: <c>dial:...</c> or <c>id:...</c>.</summary>
    [Id(0)] public required string LinkKey { get; init; }

    /// <summary>Fence of the link; an older one than the room has seen on this key is refused.</summary>
    [Id(1)] public required ulong Fence { get; init; }

    /// <summary>The SFU's session, which numbers <see cref="RoomEvent.EventIndex"/>.</summary>
    [Id(2)] public required ulong Epoch { get; init; }

    /// <summary>The gateway's own number of the first event, from 1, per room and fence; it recognises repeated calls.</summary>
    [Id(3)] public required long FirstSequence { get; init; }

    /// <summary>The events; may be empty to ask for the answer.</summary>
    [Id(4)] public required RoomEvent[] Events { get; init; }
}

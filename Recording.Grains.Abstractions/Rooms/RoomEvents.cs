using Recording.Model;

namespace Recording.Grains.Abstractions.Rooms;

/// <summary>Something that an SFU or its link said about a room.</summary>
[GenerateSerializer, Immutable, Alias("recording.RoomEvent")]
public abstract record RoomEvent
{
    /// <summary>When it happened, µs since 1970, SFU clock (the inner timestamp wins over the envelope's; the gateway's clock where both lack).</summary>
    [Id(0)] public required long TimeUs { get; init; }

    /// <summary>The SFU's number of the event in its session and room; 0 = it gives none.</summary>
    [Id(1)] public ulong EventIndex { get; init; }
}

/// <summary>The link came up (or a gateway took it over); it knows what the SFU can do.</summary>
[GenerateSerializer, Immutable, Alias("recording.LinkUp")]
public sealed record LinkUp : RoomEvent
{
    /// <summary>Name that the SFU gave itself.</summary>
    [Id(0)] public string SfuId { get; init; } = "";

    /// <summary>Its capabilities.</summary>
    [Id(1)] public string[] Capabilities { get; init; } = [];
}

/// <summary>The link is gone; the grace runs.</summary>
[GenerateSerializer, Immutable, Alias("recording.LinkLost")]
public sealed record LinkLost : RoomEvent
{
    /// <summary>Why.</summary>
    [Id(0)] public RecordingErrorCode Code { get; init; }
}

/// <summary>The SFU opened the room.</summary>
[GenerateSerializer, Immutable, Alias("recording.RoomCreated")]
public sealed record RoomCreated : RoomEvent
{
    /// <summary>For people.</summary>
    [Id(0)] public string RoomName { get; init; } = "";

    /// <summary>Peer id of the host.</summary>
    [Id(1)] public string HostId { get; init; } = "";

    /// <summary>As the product names it.</summary>
    [Id(2)] public string MeetingType { get; init; } = "";

    /// <summary>First policy; null = none sent.</summary>
    [Id(3)] public RecordingPolicy? Policy { get; init; }
}

/// <summary>The SFU closed the room.</summary>
[GenerateSerializer, Immutable, Alias("recording.RoomClosed")]
public sealed record RoomClosed : RoomEvent
{
    /// <summary>Why.</summary>
    [Id(0)] public string Reason { get; init; } = "";
}

/// <summary>The policy changed.</summary>
[GenerateSerializer, Immutable, Alias("recording.PolicyUpdated")]
public sealed record PolicyUpdated : RoomEvent
{
    /// <summary>The policy from now on.</summary>
    [Id(0)] public required RecordingPolicy Policy { get; init; }
}

/// <summary>A participant came.</summary>
[GenerateSerializer, Immutable, Alias("recording.PeerJoined")]
public sealed record PeerJoined : RoomEvent
{
    /// <summary>Who.</summary>
    [Id(0)] public required string PeerId { get; init; }

    /// <summary>For people.</summary>
    [Id(1)] public string DisplayName { get; init; } = "";

    /// <summary>What the SFU says of the device.</summary>
    [Id(2)] public string DeviceFlag { get; init; } = "";

    /// <summary>Role.</summary>
    [Id(3)] public bool IsHost { get; init; }

    /// <summary>Role.</summary>
    [Id(4)] public bool IsCoHost { get; init; }

    /// <summary>Role.</summary>
    [Id(5)] public bool IsPanelist { get; init; }
}

/// <summary>A participant left.</summary>
[GenerateSerializer, Immutable, Alias("recording.PeerLeft")]
public sealed record PeerLeft : RoomEvent
{
    /// <summary>Who.</summary>
    [Id(0)] public required string PeerId { get; init; }

    /// <summary>Why.</summary>
    [Id(1)] public string Reason { get; init; } = "";
}

/// <summary>A participant sends something.</summary>
[GenerateSerializer, Immutable, Alias("recording.ProducerCreated")]
public sealed record ProducerCreated : RoomEvent
{
    /// <summary>What.</summary>
    [Id(0)] public required ProducerDescription Producer { get; init; }
}

/// <summary>A producer ended.</summary>
[GenerateSerializer, Immutable, Alias("recording.ProducerClosed")]
public sealed record ProducerClosed : RoomEvent
{
    /// <summary>Which.</summary>
    [Id(0)] public required string ProducerId { get; init; }

    /// <summary>Why.</summary>
    [Id(1)] public string Reason { get; init; } = "";
}

/// <summary>A producer was paused (muted).</summary>
[GenerateSerializer, Immutable, Alias("recording.ProducerPaused")]
public sealed record ProducerPaused : RoomEvent
{
    /// <summary>Which.</summary>
    [Id(0)] public required string ProducerId { get; init; }
}

/// <summary>A producer goes on.</summary>
[GenerateSerializer, Immutable, Alias("recording.ProducerResumed")]
public sealed record ProducerResumed : RoomEvent
{
    /// <summary>Which.</summary>
    [Id(0)] public required string ProducerId { get; init; }
}

/// <summary>Who speaks.</summary>
[GenerateSerializer, Immutable, Alias("recording.ActiveSpeaker")]
public sealed record ActiveSpeaker : RoomEvent
{
    /// <summary>Who; empty = nobody.</summary>
    [Id(0)] public string PeerId { get; init; } = "";

    /// <summary>dBov, -127..0, as mediasoup reports it.</summary>
    [Id(1)] public int Volume { get; init; }
}

/// <summary>How well a producer's streams reach the SFU, or which layers its consumer gets.</summary>
[GenerateSerializer, Immutable, Alias("recording.ProducerQuality")]
public sealed record ProducerQuality : RoomEvent
{
    /// <summary>Which.</summary>
    [Id(0)] public required string ProducerId { get; init; }

    /// <summary>A score for each stream; empty = unchanged.</summary>
    [Id(1)] public EncodingScore[] Scores { get; init; } = [];

    /// <summary>Spatial layer that the consumer gets; null = not told.</summary>
    [Id(2)] public int? SpatialLayer { get; init; }

    /// <summary>Temporal layer that the consumer gets; null = not told.</summary>
    [Id(3)] public int? TemporalLayer { get; init; }
}

/// <summary>The SFU answered <c>start_recording</c>.</summary>
[GenerateSerializer, Immutable, Alias("recording.StartAnswered")]
public sealed record StartAnswered : RoomEvent
{
    /// <summary>Our id of the recording that was asked for.</summary>
    [Id(0)] public required string RecordingId { get; init; }

    /// <summary>Whether the SFU records. "Already recording" counts as success.</summary>
    [Id(1)] public required bool Success { get; init; }

    /// <summary>The SFU's sentence when it refused.</summary>
    [Id(2)] public string ErrorMessage { get; init; } = "";

    /// <summary>The authoritative policy; null = none sent.</summary>
    [Id(3)] public RecordingPolicy? Policy { get; init; }

    /// <summary>Producers there are; those not yet announced count as created.</summary>
    [Id(4)] public ProducerDescription[] Tracks { get; init; } = [];

    /// <summary>The SFU's own id of the recording; empty = ours.</summary>
    [Id(5)] public string SfuRecordingId { get; init; } = "";
}

/// <summary>From the gateway: a track that ended is stored to its last index.</summary>
[GenerateSerializer, Immutable, Alias("recording.TailStored")]
public sealed record TailStored : RoomEvent
{
    /// <summary>Our id of the recording.</summary>
    [Id(0)] public required string RecordingId { get; init; }

    /// <summary>The track.</summary>
    [Id(1)] public required string TrackId { get; init; }
}

/// <summary>The SFU answered <c>subscribe_track</c>.</summary>
[GenerateSerializer, Immutable, Alias("recording.TrackSubscribed")]
public sealed record TrackSubscribed : RoomEvent
{
    /// <summary>The producer, with what the SFU now says of it.</summary>
    [Id(0)] public required ProducerDescription Producer { get; init; }

    /// <summary>The SFU's consumer.</summary>
    [Id(1)] public string ConsumerId { get; init; } = "";
}

/// <summary>The SFU refused a subscription or reported an error about a room.</summary>
[GenerateSerializer, Immutable, Alias("recording.SfuError")]
public sealed record SfuError : RoomEvent
{
    /// <summary>The SFU's code.</summary>
    [Id(0)] public int Code { get; init; }

    /// <summary>The SFU's sentence.</summary>
    [Id(1)] public string Message { get; init; } = "";

    /// <summary>Which producer, if it is about one.</summary>
    [Id(2)] public string ProducerId { get; init; } = "";
}

/// <summary>The room as the SFU knows it, after a gap: what is not in it has ended, what is new in it has begun.</summary>
[GenerateSerializer, Immutable, Alias("recording.RoomSnapshot")]
public sealed record RoomSnapshot : RoomEvent
{
    /// <summary>The room's head.</summary>
    [Id(0)] public required RoomCreated Room { get; init; }

    /// <summary>Who is there.</summary>
    [Id(1)] public PeerJoined[] Peers { get; init; } = [];

    /// <summary>What they send.</summary>
    [Id(2)] public ProducerDescription[] Producers { get; init; } = [];

    /// <summary>Producers that are paused.</summary>
    [Id(3)] public string[] PausedProducerIds { get; init; } = [];

    /// <summary>The policy; null = none.</summary>
    [Id(4)] public RecordingPolicy? Policy { get; init; }
}

/// <summary>A participant asked the SFU for a recording.</summary>
[GenerateSerializer, Immutable, Alias("recording.StartRequested")]
public sealed record StartRequested : RoomEvent
{
    /// <summary>Who.</summary>
    [Id(0)] public required string RequesterId { get; init; }

    /// <summary>Policy that came with it; null = none.</summary>
    [Id(1)] public RecordingPolicy? Policy { get; init; }

    /// <summary>What to record.</summary>
    [Id(2)] public RecordingSelection Selection { get; init; } = RecordingSelection.ByPolicy;
}

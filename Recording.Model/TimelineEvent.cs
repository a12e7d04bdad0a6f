using System.Text.Json.Serialization;

namespace Recording.Model;

/// <summary>One entry of a recording's timeline. Which fields are set depends on the type; null ones are not written.</summary>
public record TimelineEvent
{
    /// <summary>When, in µs since 1970, on the first link's clock.</summary>
    [JsonPropertyName("time_us")] public required long TimeUs { get; init; }

    /// <summary>room_created, room_closed, peer_joined, peer_left, producer_started, producer_ended, producer_paused, producer_resumed, producer_quality, active_speaker,
    /// policy_updated, recording_started, recording_paused, recording_resumed, recording_stopped, track_subscribed, track_unsubscribed, link_lost, link_restored, error.</summary>
    [JsonPropertyName("type")] public required string Type { get; init; }

    /// <summary>Normalised peer id.</summary>
    [JsonPropertyName("peer_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? PeerId { get; init; }

    /// <summary>As announced.</summary>
    [JsonPropertyName("display_name"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? DisplayName { get; init; }

    /// <summary>The SFU's id.</summary>
    [JsonPropertyName("producer_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? ProducerId { get; init; }

    /// <summary>The recorded track.</summary>
    [JsonPropertyName("track_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? TrackId { get; init; }

    /// <summary>audio or video.</summary>
    [JsonPropertyName("kind"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Kind { get; init; }

    /// <summary>mic, camera or screenshare.</summary>
    [JsonPropertyName("track_type"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? TrackType { get; init; }

    /// <summary>Who asked.</summary>
    [JsonPropertyName("requester_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? RequesterId { get; init; }

    /// <summary>Why.</summary>
    [JsonPropertyName("reason"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Reason { get; init; }

    /// <summary>Role.</summary>
    [JsonPropertyName("is_host"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? IsHost { get; init; }

    /// <summary>Role.</summary>
    [JsonPropertyName("is_co_host"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? IsCoHost { get; init; }

    /// <summary>Role.</summary>
    [JsonPropertyName("is_panelist"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? IsPanelist { get; init; }

    /// <summary>dBov, -127..0.</summary>
    [JsonPropertyName("volume"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Volume { get; init; }

    /// <summary>How well its streams arrive, for producer_quality.</summary>
    [JsonPropertyName("scores"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public IReadOnlyList<StreamScore>? Scores { get; init; }

    /// <summary>Spatial layer that the SFU's consumer got, for producer_quality.</summary>
    [JsonPropertyName("spatial_layer"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? SpatialLayer { get; init; }

    /// <summary>Temporal layer that the SFU's consumer got, for producer_quality.</summary>
    [JsonPropertyName("temporal_layer"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? TemporalLayer { get; init; }

    /// <summary>Error code, for error and link_lost.</summary>
    [JsonPropertyName("code"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public int? Code { get; init; }

    /// <summary>Which link, when there are several.</summary>
    [JsonPropertyName("link"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Link { get; init; }

    /// <summary>The new policy, for policy_updated.</summary>
    [JsonPropertyName("policy"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public RecordingPolicy? Policy { get; init; }
}

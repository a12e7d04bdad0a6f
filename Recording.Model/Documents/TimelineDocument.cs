using System.Text.Json.Serialization;

namespace Recording.Model.Documents;

/// <summary>timeline.json: everything that happened, room history before the start at t &lt; 0.</summary>
public sealed record TimelineDocument
{
    /// <summary>Name of the schema.</summary>
    public const string SchemaName = "recording-timeline-v1";

    /// <summary>Always <see cref="SchemaName"/>.</summary>
    [JsonPropertyName("$schema")] public string Schema { get; init => field = value ?? SchemaName; } = SchemaName;

    /// <summary>The recording.</summary>
    public required string RecordingId { get; init; }

    /// <summary>Its room.</summary>
    public required string RoomId { get; init; }

    /// <summary>The events.</summary>
    public required TimelineSection Timeline { get; init; }
}

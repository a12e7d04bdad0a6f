using System.Text.Json.Serialization;

namespace Recording.Model.Documents;

/// <summary>policy.json: the policy at start and every change, in the form of the plan's section 4.2.</summary>
public sealed record PolicyDocument
{
    /// <summary>Name of the schema.</summary>
    public const string SchemaName = "recording-policy-v1";

    /// <summary>Always <see cref="SchemaName"/>.</summary>
    [JsonPropertyName("$schema")] public string Schema { get; init => field = value ?? SchemaName; } = SchemaName;

    /// <summary>The recording.</summary>
    public required string RecordingId { get; init; }

    /// <summary>Its room.</summary>
    public required string RoomId { get; init; }

    /// <summary>The policy when the recording was accepted.</summary>
    public required PolicyInForce AtStart { get; init; }

    /// <summary>Every later policy, in order of time.</summary>
    public required IReadOnlyList<PolicyInForce> Changes { get; init; }
}

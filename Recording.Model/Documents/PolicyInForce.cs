namespace Recording.Model.Documents;

/// <summary>A policy and since when it held.</summary>
public sealed record PolicyInForce
{
    /// <summary>ms since the timeline's origin.</summary>
    public required long T { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>default, room_created, policy_json, start_response or policy_updated.</summary>
    public required string Source { get; init; }

    /// <summary>The policy.</summary>
    public required RoomPolicyDocument Policy { get; init; }
}

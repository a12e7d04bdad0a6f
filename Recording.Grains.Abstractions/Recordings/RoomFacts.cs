using Recording.Model;

namespace Recording.Grains.Abstractions.Recordings;

/// <summary>What the documents say of the room and its participants, as a whole.</summary>
[GenerateSerializer, Immutable, Alias("recording.RoomFacts")]
public sealed record RoomFacts
{
    /// <summary>For people.</summary>
    [Id(0)] public string RoomName { get; init; } = "";

    /// <summary>Peer id of the host.</summary>
    [Id(1)] public string HostId { get; init; } = "";

    /// <summary>As the product names it.</summary>
    [Id(2)] public string MeetingType { get; init; } = "";

    /// <summary>Everybody who was there while it was recorded (a peer who came back is one participant).</summary>
    [Id(3)] public ParticipantFacts[] Participants { get; init; } = [];

    /// <summary>Each policy that was in force, in order, the first at start.</summary>
    [Id(4)] public PolicyChange[] Policies { get; init; } = [];
}

using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Rooms.State;
using Recording.Model;

namespace Recording.Grains.Rooms;

/// <summary>What a recording is to be told, as it was stored: nothing is told that a crash could take back.</summary>
internal sealed record OutboxSnapshot
{
    public required string RecordingId { get; init; }

    public required RecordingOpening? Opening { get; init; }

    public required long? StartedAtUs { get; init; }

    public required TrackRegistration[] Tracks { get; init; }

    public required RoomFacts? Facts { get; init; }

    public required long FirstSequence { get; init; }

    public required TimelineEvent[] Timeline { get; init; }

    public required RecordingStop? Stop { get; init; }

    public static OutboxSnapshot Of(RecordingOutbox outbox) => new()
    {
        RecordingId = outbox.RecordingId,
        Opening = outbox.Opening,
        StartedAtUs = outbox.StartedAtUs,
        Tracks = [.. outbox.Tracks],
        Facts = outbox.Facts,
        FirstSequence = outbox.FirstSequence,
        Timeline = [.. outbox.Timeline],
        Stop = outbox.Stop,
    };
}

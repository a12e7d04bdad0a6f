namespace Recording.Grains.Abstractions.Rooms;

/// <summary>How far a room has come with a link's events.</summary>
/// <param name="Fenced">The link is not the newest of its key.</param>
/// <param name="ExpectedSequence">The next sequence wanted; lower than sent = send again from there.</param>
/// <param name="DurableSequence">Events up to here are stored; the gateway may forget them.</param>
/// <param name="DurableEventIndex">SFU events up to this index of the epoch are stored.</param>
/// <param name="Refusals">Answers for the SFU: events or requests that were refused, with their code.</param>
[GenerateSerializer, Immutable, Alias("recording.HandleResult")]
public sealed record HandleResult(
    [property: Id(0)] bool Fenced,
    [property: Id(1)] long ExpectedSequence,
    [property: Id(2)] long DurableSequence,
    [property: Id(3)] ulong DurableEventIndex,
    [property: Id(4)] RecordingFailure[] Refusals);

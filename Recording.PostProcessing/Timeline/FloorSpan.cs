namespace Recording.PostProcessing.Timeline;

/// <summary>Someone has the floor.</summary>
/// <param name="ParticipantId">Who.</param>
/// <param name="When">From the first word until someone else takes it.</param>
public sealed record FloorSpan(string ParticipantId, TimeInterval When);

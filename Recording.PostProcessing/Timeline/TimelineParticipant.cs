namespace Recording.PostProcessing.Timeline;

/// <summary>Someone who was in the room while it was recorded.</summary>
public sealed record TimelineParticipant
{
    /// <summary>Normalised peer id.</summary>
    public required string ParticipantId { get; init; }

    /// <summary>As announced; any text at all.</summary>
    public string DisplayName { get; init; } = "";

    /// <summary>When the participant was there; sorted, without overlap.</summary>
    public IReadOnlyList<TimeInterval> Present { get; init; } = [];
}

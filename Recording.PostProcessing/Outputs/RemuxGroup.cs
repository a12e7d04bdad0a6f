namespace Recording.PostProcessing.Outputs;

/// <summary>The tracks of one participant: remuxed together, because they share one clock.</summary>
/// <param name="Index">From 0.</param>
/// <param name="ParticipantId">Normalised peer id.</param>
/// <param name="Tracks">At least one.</param>
public sealed record RemuxGroup(int Index, string ParticipantId, IReadOnlyList<PlannedTrack> Tracks);

namespace Recording.PostProcessing.Outputs;

/// <summary>A participant who can be heard.</summary>
/// <param name="ParticipantId">Normalised peer id.</param>
/// <param name="Name">As announced.</param>
/// <param name="TrackIds">His microphones.</param>
/// <param name="FileName">For files of his own: the encoded id, without extension.</param>
public sealed record PlannedSpeaker(string ParticipantId, string Name, IReadOnlyList<string> TrackIds, string FileName);

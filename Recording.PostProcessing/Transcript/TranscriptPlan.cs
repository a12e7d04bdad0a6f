namespace Recording.PostProcessing.Transcript;

/// <summary>What the tasks of a transcript share.</summary>
internal sealed record TranscriptPlan
{
    public required string RecordingId { get; init; }

    public required long OriginUs { get; init; }

    public required TranscriptSettings Settings { get; init; }

    public required IReadOnlyList<ListenedTrack> Tracks { get; init; }

    public required long DurationUs { get; init; }

    /// <summary>One microphone or shared sound.</summary>
    internal sealed record ListenedTrack(string TrackId, string PeerId, string Name, string File);
}

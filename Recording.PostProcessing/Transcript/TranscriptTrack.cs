namespace Recording.PostProcessing.Transcript;

/// <summary>A track that was listened to.</summary>
public sealed record TranscriptTrack
{
    /// <summary>The track.</summary>
    public required string TrackId { get; init; }

    /// <summary>Whose.</summary>
    public required string PeerId { get; init; }

    /// <summary>Seconds in which something was to be heard, and that were sent.</summary>
    public required double SpeechSeconds { get; init; }

    /// <summary>Pieces sent.</summary>
    public required int Pieces { get; init; }

    /// <summary>Why nothing was heard; null = something was listened to.</summary>
    public string? Problem { get; init; }
}

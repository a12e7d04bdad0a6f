namespace Recording.PostProcessing.Transcript;

/// <summary>A few words of one participant.</summary>
public sealed record TranscriptSegment
{
    /// <summary>Seconds of recording time since the origin, pauses included.</summary>
    public required double Start { get; init; }

    /// <summary>Seconds of recording time.</summary>
    public required double End { get; init; }

    /// <summary>Who.</summary>
    public required string PeerId { get; init; }

    /// <summary>As announced; any text at all.</summary>
    public required string Name { get; init; }

    /// <summary>On which track.</summary>
    public required string TrackId { get; init; }

    /// <summary>What.</summary>
    public required string Text { get; init; }
}

namespace Recording.PostProcessing.Timeline;

/// <summary>A track as composition sees it.</summary>
public sealed record TimelineTrack
{
    /// <summary>Unique in the recording.</summary>
    public required string TrackId { get; init; }

    /// <summary>Normalised peer id of its participant.</summary>
    public required string ParticipantId { get; init; }

    /// <summary>Sound, or else a picture.</summary>
    public required bool IsAudio { get; init; }

    /// <summary>A shared screen (or its sound), not a camera (or microphone).</summary>
    public bool IsScreenshare { get; init; }

    /// <summary>Lower case: opus, vp8, ...</summary>
    public required string Codec { get; init; }

    /// <summary>Relative to the recording's prefix: <c>tracks/alice-video.rtp</c>.</summary>
    public required string File { get; init; }

    /// <summary>When it was published and not paused; sorted, without overlap.</summary>
    public IReadOnlyList<TimeInterval> Live { get; init; } = [];
}

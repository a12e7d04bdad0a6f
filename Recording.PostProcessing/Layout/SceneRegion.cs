namespace Recording.PostProcessing.Layout;

/// <summary>A place in the picture and what fills it.</summary>
public sealed record SceneRegion
{
    /// <summary>The video; null = a tile with initials.</summary>
    public string? TrackId { get; init; }

    /// <summary>Whose it is.</summary>
    public required string ParticipantId { get; init; }

    /// <summary>Where.</summary>
    public required PixelRect Rect { get; init; }

    /// <summary>Higher covers lower.</summary>
    public int Z { get; init; }

    /// <summary>How the picture fills the rectangle.</summary>
    public FitMode Fit { get; init; }

    /// <summary>Name to draw, as announced; empty = none.</summary>
    public string Label { get; init; } = "";
}

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

    /// <summary>How the picture fills the rectangle; null = as the composition says.</summary>
    public FitMode? Fit { get; init; }

    /// <summary>A shared screen, not a person: no microphone is drawn on it.</summary>
    public bool IsScreenshare { get; init; }

    /// <summary>Name to draw, as announced; empty = none.</summary>
    public string Label { get; init; } = "";

    /// <summary>The name that initials are taken from.</summary>
    public string Name { get; init; } = "";

    /// <summary>A region that shows a source.</summary>
    public static SceneRegion Of(StageSource source, PixelRect rect, int z = 0) => new()
    {
        TrackId = source.TrackId,
        ParticipantId = source.ParticipantId,
        Rect = rect,
        Z = z,
        IsScreenshare = source.IsScreenshare,
        Label = source.IsScreenshare ? source.DisplayName + " (screen)" : source.DisplayName,
        Name = source.DisplayName,
    };
}

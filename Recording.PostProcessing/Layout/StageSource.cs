namespace Recording.PostProcessing.Layout;

/// <summary>Something that wants a place in the picture: a participant, or a shared screen.</summary>
public sealed record StageSource
{
    /// <summary>Whose it is.</summary>
    public required string ParticipantId { get; init; }

    /// <summary>As announced; any text at all.</summary>
    public required string DisplayName { get; init; }

    /// <summary>Its video; null = none, show initials.</summary>
    public string? TrackId { get; init; }

    /// <summary>A shared screen, not a person.</summary>
    public bool IsScreenshare { get; init; }

    /// <summary>Since when it has been there, µs since the recording's origin.</summary>
    public long SinceUs { get; init; }

    /// <summary>What it is the same source by, while its tracks come and go.</summary>
    public string Key => IsScreenshare ? $"screen:{TrackId}" : $"camera:{ParticipantId}";
}

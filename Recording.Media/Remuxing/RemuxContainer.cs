namespace Recording.Media.Remuxing;

/// <summary>What file a track becomes.</summary>
public enum RemuxContainer
{
    /// <summary>Matroska, for every codec; a file whose codec WebM takes says that it is WebM.</summary>
    Matroska,

    /// <summary>Ogg, for Opus only: gaps become silence, times are kept to 2.5 ms, nothing may be missing for over <see cref="RemuxOptions.MaxFilledGap"/>.</summary>
    Ogg,

    /// <summary>WebM, for VP8, VP9, AV1 and Opus only.</summary>
    WebM,
}

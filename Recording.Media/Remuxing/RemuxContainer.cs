namespace Recording.Media.Remuxing;

/// <summary>What file a track becomes.</summary>
public enum RemuxContainer
{
    /// <summary>WebM for VP8, VP9, AV1 and Opus; Matroska for H.264, H.265 and G.711.</summary>
    Matroska,

    /// <summary>Ogg, for Opus only: gaps become silence, times are kept to 2.5 ms, nothing may be missing for over <see cref="RemuxOptions.MaxFilledGap"/>.</summary>
    Ogg,
}

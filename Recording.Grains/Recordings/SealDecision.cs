namespace Recording.Grains.Recordings;

/// <summary>Whether a track may be sealed.</summary>
internal enum SealDecision
{
    /// <summary>Packets may still come.</summary>
    Wait,

    /// <summary>Wait, unless the track's counters say that nothing came for a while.</summary>
    WaitForSilence,

    /// <summary>Everything is stored.</summary>
    Seal,

    /// <summary>Waited long enough: seal what is there, list what is missing.</summary>
    SealIncomplete,
}

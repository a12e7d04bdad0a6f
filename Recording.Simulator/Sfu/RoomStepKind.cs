namespace Recording.Simulator.Sfu;

/// <summary>When a step happens if media is not paced.</summary>
internal enum RoomStepKind
{
    /// <summary>At once.</summary>
    Opening,

    /// <summary>Never.</summary>
    Passing,

    /// <summary>When all media was sent.</summary>
    Closing,
}

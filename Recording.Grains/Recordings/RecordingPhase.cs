namespace Recording.Grains.Recordings;

/// <summary>What a recording needs next; follows from its stored state alone.</summary>
internal enum RecordingPhase
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>Not stopped.</summary>
    Live,

    /// <summary>Stopped; tracks have to be sealed, assembled or cleaned.</summary>
    Completing,

    /// <summary>All tracks are complete; documents and terminal state are missing.</summary>
    Concluding,

    /// <summary>Terminal; others have to be told.</summary>
    HandingOver,

    /// <summary>Terminal; packets that came later are being added to their tracks.</summary>
    Reassembling,

    /// <summary>Terminal; its tracks hold what came later, its documents do not yet.</summary>
    Republishing,

    /// <summary>Deleted; its files have to go.</summary>
    Deleting,

    /// <summary>Nothing is left to do.</summary>
    Finished,
}

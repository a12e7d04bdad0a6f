namespace Recording.Grains.Tracks;

/// <summary>How a merge of segments ended.</summary>
internal enum RollUpOutcome
{
    /// <summary>The larger segment stands, its parts are gone.</summary>
    Merged,

    /// <summary>The track is sealed: nothing was deleted.</summary>
    Sealed,

    /// <summary>The parts stay as they are.</summary>
    Failed,
}

namespace Recording.Model;

/// <summary>Where a recording stands. The last three are terminal.</summary>
public enum RecordingStatus
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>The SFU was asked.</summary>
    Starting,

    /// <summary>Under way.</summary>
    Recording,

    /// <summary>Under way, nothing is stored.</summary>
    Paused,

    /// <summary>Ended; being sealed and assembled.</summary>
    Stopping,

    /// <summary>Ended as asked, all files are there.</summary>
    Completed,

    /// <summary>Ended because its link was lost; complete up to there.</summary>
    Interrupted,

    /// <summary>Refused by policy or SFU after it was accepted, or beyond repair.</summary>
    Failed,
}

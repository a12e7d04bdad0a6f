namespace Recording.Grains.Abstractions.Rooms;

/// <summary>What a room wants an SFU to do.</summary>
public enum WantedState
{
    /// <summary>Not to record; stop if it does.</summary>
    Idle,

    /// <summary>To record.</summary>
    Recording,

    /// <summary>To have a recording that is paused: nothing is stored.</summary>
    Paused,
}

namespace Recording.Grains.Rooms;

/// <summary>Settings of rooms.</summary>
public sealed class RoomOptions
{
    /// <summary>How long a recording waits for a lost link (RECORDING_SFU_GRACE).</summary>
    public TimeSpan SfuGrace { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an SFU with a link may leave <c>start_recording</c> unanswered.</summary>
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a recording that is being completed keeps the room from the next one, at most.</summary>
    public TimeSpan StopSettle { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause between attempts to start automatically.</summary>
    public TimeSpan AutoRetry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Rooms that one silo records at once (2005); 0 = no limit.</summary>
    public int MaxConcurrentRooms { get; set; }

    /// <summary>Tracks a recording may have (3004).</summary>
    public int MaxTracksPerRecording { get; set; } = 1000;

    /// <summary>Events of a room kept for recordings that start later.</summary>
    public int HistoryLimit { get; set; } = 200;

    /// <summary>How often a changed room is stored and its recording told; starts, stops, pauses and new tracks are stored at once.</summary>
    public TimeSpan TickInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the grains of links are asked whether a gateway holds them.</summary>
    public TimeSpan PresenceInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a watch lasts after the last call.</summary>
    public TimeSpan WatchExpiry { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>One call to a recording or link grain longer than this is tried again later.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(15);
}

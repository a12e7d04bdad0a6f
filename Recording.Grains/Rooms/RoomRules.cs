namespace Recording.Grains.Rooms;

/// <summary>Settings and sources of a <see cref="RoomSession"/>; all that is not decided by events.</summary>
public sealed record RoomRules
{
    /// <summary>How long a recording waits for a lost link.</summary>
    public TimeSpan SfuGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an SFU with a link may leave <c>start_recording</c> unanswered.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a recording that is being completed keeps the room from the next one, at most.</summary>
    public TimeSpan StopSettle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Pause between attempts to start automatically.</summary>
    public TimeSpan AutoRetry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Events of a room kept for recordings that start later.</summary>
    public int HistoryLimit { get; init; } = 200;

    /// <summary>Tracks a recording may have (3004).</summary>
    public int MaxTracks { get; init; } = 1000;

    /// <summary>Names a new recording.</summary>
    public required Func<string> MintRecordingId { get; init; }

    /// <summary>Key prefix of a recording from room, recording id and storage path; 1003 when one of them is not allowed.</summary>
    public required Func<string, string, string, string> Prefix { get; init; }

    /// <summary>Makes an id fit for a key; 1003 when it is too long.</summary>
    public required Func<string, string> EncodeId { get; init; }

    /// <summary>Whether as many rooms are being recorded as may be (2005).</summary>
    public required Func<bool> RoomLimitReached { get; init; }
}

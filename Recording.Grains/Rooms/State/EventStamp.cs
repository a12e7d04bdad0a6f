namespace Recording.Grains.Rooms.State;

/// <summary>When something happened, comparable between events that arrive in the wrong order.</summary>
/// <param name="TimeUs">µs since 1970.</param>
/// <param name="Index">The SFU's number of the event in its session; 0 = none.</param>
/// <param name="Epoch">The session that numbers it.</param>
public readonly record struct EventStamp(long TimeUs, ulong Index, ulong Epoch)
{
    /// <summary>Whether this happened before the other: by the SFU's numbers within one session, else by time.</summary>
    public bool IsBefore(EventStamp other) =>
        Index != 0 && other.Index != 0 && Epoch == other.Epoch ? Index < other.Index : TimeUs < other.TimeUs;
}

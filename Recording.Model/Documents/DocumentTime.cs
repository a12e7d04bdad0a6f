namespace Recording.Model.Documents;

/// <summary>How the documents write times: µs since 1970 inside, ISO 8601 with six decimals and ms since the origin outside.</summary>
public static class DocumentTime
{
    private const long MicrosecondsPerMillisecond = 1_000;
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMicrosecond;

    /// <summary>A point in time from µs since 1970.</summary>
    public static DateTimeOffset FromMicroseconds(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TicksPerMicrosecond);

    /// <summary>As <see cref="FromMicroseconds"/>; 0 means "not yet" and gives null.</summary>
    public static DateTimeOffset? FromMicrosecondsOrNull(long microseconds) => microseconds == 0 ? null : FromMicroseconds(microseconds);

    /// <summary>µs since 1970.</summary>
    public static long ToMicroseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TicksPerMicrosecond;

    /// <summary>ms from an origin to a time, both µs since 1970; rounded down, also before the origin.</summary>
    public static long MillisecondsFrom(long originUs, long timeUs) => (long)Math.Floor((timeUs - originUs) / (decimal)MicrosecondsPerMillisecond);
}

namespace Recording.Gateway.Sfu;

/// <summary>Microseconds since 1970, the unit of everything that is stored.</summary>
internal static class UnixTime
{
    /// <summary>Now, in µs since 1970.</summary>
    public static long Microseconds(TimeProvider time) => (time.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    /// <summary>A wire timestamp in µs: milliseconds since 1970, or microseconds when above 10^14; 0 where it is missing.</summary>
    public static long FromWire(long timestamp) => timestamp switch
    {
        <= 0 => 0,
        > 100_000_000_000_000 => timestamp,
        _ => timestamp * 1000,
    };
}

namespace Recording.Gateway.Sfu;

/// <summary>Decides the time of a packet.</summary>
internal static class PacketTime
{
    /// <summary>An SFU time further off than this is not believed, in µs.</summary>
    public const long ToleranceUs = 1_000_000;

    /// <summary>The SFU's time, or the gateway's arrival time on the SFU's clock where it is missing or over 1 s off.</summary>
    /// <param name="wireTimestamp">As it came: ms or µs since 1970, 0 = missing.</param>
    /// <param name="nowUs">Gateway time, µs since 1970.</param>
    /// <param name="offsetUs">Gateway clock less SFU clock.</param>
    /// <param name="isArrival">The gateway's time was taken.</param>
    public static long Resolve(long wireTimestamp, long nowUs, long offsetUs, out bool isArrival)
    {
        long timeUs = UnixTime.FromWire(wireTimestamp);
        long arrivalUs = nowUs - offsetUs;
        isArrival = timeUs == 0 || Math.Abs(timeUs - arrivalUs) > ToleranceUs;
        return isArrival ? arrivalUs : timeUs;
    }
}

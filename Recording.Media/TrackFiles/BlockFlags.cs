namespace Recording.Media.TrackFiles;

/// <summary>Bits of a block header's flags byte.</summary>
[Flags]
public enum BlockFlags : byte
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>Bit 0: some entry's time is the gateway's arrival time, because the SFU's was missing or over 1 s off.</summary>
    ArrivalTime = 1,
}

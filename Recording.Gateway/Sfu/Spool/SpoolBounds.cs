namespace Recording.Gateway.Sfu.Spool;

/// <summary>How much may be written: the spool's own bound, and what the disk has to keep free.</summary>
internal sealed class SpoolBounds(SpoolOptions options)
{
    /// <summary>Why not all fitted.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>How many of the writes, from the first on, may be made.</summary>
    /// <param name="writes">What is wanted.</param>
    /// <param name="used">Bytes on disk now.</param>
    public int Fitting(IReadOnlyList<SpoolWrite> writes, long used)
    {
        long free = Free();
        long room = options.MaxBytes - used;
        Reason = free < room
            ? $"the disk of {options.Directory} has less than {options.ReserveBytes} bytes free (RECORDING_SPOOL_RESERVE)"
            : $"the spool has reached {options.MaxBytes} bytes (RECORDING_SPOOL_BYTES)";
        room = Math.Min(room, free);
        int fitting = 0;
        while (fitting < writes.Count && writes[fitting].Length <= room)
        {
            room -= writes[fitting++].Length;
        }

        return fitting;
    }

    /// <summary>Whether a file more has room; not where the disk is gone.</summary>
    /// <param name="used">Bytes on disk now.</param>
    public bool HasRoom(long used)
    {
        try
        {
            return Math.Min(Free(), options.MaxBytes - used) >= Math.Min(options.FileLimit, options.MaxBytes / 8);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private long Free() => new DriveInfo(options.Directory!).AvailableFreeSpace - options.ReserveBytes;
}

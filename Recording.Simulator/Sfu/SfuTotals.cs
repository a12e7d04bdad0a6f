namespace Recording.Simulator.Sfu;

/// <summary>Counters of a session; guarded by its lock.</summary>
internal sealed class SfuTotals
{
    public long Links { get; set; }

    public long Forwarded { get; set; }

    public long Packets { get; private set; }

    public long Bytes { get; private set; }

    public long Replayed { get; private set; }

    public long Errors { get; set; }

    public void Sent(int bytes, bool again)
    {
        Packets++;
        Bytes += bytes;
        Replayed += again ? 1 : 0;
    }
}

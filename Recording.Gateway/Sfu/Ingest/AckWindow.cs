namespace Recording.Gateway.Sfu.Ingest;

/// <summary>
/// What an SFU that keeps its packets is told of one track: how far they are durable, how much more is taken, and from where to send again what was
/// left out. Not thread-safe.
/// </summary>
internal sealed class AckWindow(long quota, GatewayMemory memory)
{
    private bool _replay;
    private ulong _ackedIndex;
    private long _ackedWindow = -1;

    /// <summary>Whether so much more is beyond the track's part of the memory, or all of it is in use.</summary>
    public bool IsBeyond(long held, int more) => memory.IsFull || held + more > quota;

    /// <summary>Something was left out: it is asked for again when there is room.</summary>
    public void WantReplay() => _replay = true;

    /// <summary>Takes the replay that is due; not before half of the track's part is free.</summary>
    /// <param name="held">Bytes held.</param>
    public bool TryTakeReplay(long held)
    {
        bool due = _replay && held <= quota / 2 && !memory.IsFull;
        _replay &= !due;
        return due;
    }

    /// <summary>Takes the acknowledgement that is due: the durable index rose, or the window opened, closed or changed by an eighth of the whole.</summary>
    /// <param name="durableIndex">Everything up to here is durable.</param>
    /// <param name="held">Bytes held.</param>
    /// <param name="windowBytes">Bytes that may follow.</param>
    public bool TryTakeAck(ulong durableIndex, long held, out uint windowBytes)
    {
        long window = memory.IsFull ? 0 : Math.Max(0, quota - held);
        windowBytes = (uint)Math.Min(window, uint.MaxValue);
        bool due = durableIndex > _ackedIndex || _ackedWindow < 0 || (window == 0) != (_ackedWindow == 0) || Math.Abs(window - _ackedWindow) > quota / 8;
        if (due)
        {
            _ackedIndex = durableIndex;
            _ackedWindow = window;
        }

        return due;
    }

    /// <summary>Says the acknowledgement again: a new connection knows nothing of the last.</summary>
    public void Repeat() => _ackedWindow = -1;
}

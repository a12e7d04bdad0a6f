namespace Recording.Gateway.Sfu.Ingest;

/// <summary>Tells when nothing more follows on a track whose subscription ended. Not thread-safe.</summary>
internal sealed class TrackEnding(TimeProvider time, TimeSpan quietPeriod, bool isAnnounced)
{
    private ulong _lastIndex;
    private long _since;

    /// <summary>The subscription ended; packets may still be on their way.</summary>
    public bool IsEnding { get; private set; }

    /// <summary>Nothing follows.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The subscription ended.</summary>
    public void Begin()
    {
        if (!IsEnding)
        {
            IsEnding = true;
            _since = time.GetTimestamp();
        }
    }

    /// <summary>The SFU says which index is the last one.</summary>
    public void EndAt(ulong lastIndex)
    {
        Begin();
        _lastIndex = lastIndex;
    }

    /// <summary>Nothing can follow.</summary>
    public void EndNow()
    {
        Begin();
        IsOver = true;
    }

    /// <summary>The track is wanted again.</summary>
    public void Resume()
    {
        IsEnding = false;
        IsOver = false;
    }

    /// <summary>Looks whether it is over by now: once the announced last index is there, or, where none is announced, after silence.</summary>
    /// <param name="next">Index that comes next.</param>
    /// <param name="lastPacketAt">When the last packet came, as a timestamp of the clock.</param>
    public void Update(ulong next, long lastPacketAt)
    {
        if (IsEnding && !IsOver)
        {
            IsOver = isAnnounced
                ? _lastIndex != 0 && next > _lastIndex
                : time.GetElapsedTime(Math.Max(lastPacketAt, _since)) >= quietPeriod;
        }
    }
}

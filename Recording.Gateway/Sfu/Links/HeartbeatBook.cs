namespace Recording.Gateway.Sfu.Links;

/// <summary>
/// Which of our messages the SFU has read. It reads them in order and answers heartbeats: an answer covers all that was sent before its heartbeat.
/// </summary>
internal sealed class HeartbeatBook
{
    private const int MaxUnanswered = 16;

    private readonly Lock _gate = new();
    private readonly Queue<(long Number, long Timestamp)> _unanswered = new();
    private long _sent;
    private long _answered;
    private long _wanted;

    /// <summary>An answer is waited for that no heartbeat has asked for yet.</summary>
    public bool IsHeartbeatDue
    {
        get
        {
            lock (_gate)
            {
                return _wanted > _sent && _unanswered.Count == 0;
            }
        }
    }

    /// <summary>A heartbeat goes out.</summary>
    public void OnSent(long timestamp)
    {
        lock (_gate)
        {
            _unanswered.Enqueue((++_sent, timestamp));
            if (_unanswered.Count > MaxUnanswered)
            {
                _unanswered.Dequeue();
            }
        }
    }

    /// <summary>The SFU answered one: that whose timestamp it repeats, or else the oldest.</summary>
    public void OnAnswered(long echo)
    {
        lock (_gate)
        {
            bool isEcho = _unanswered.Any(heartbeat => heartbeat.Timestamp == echo);
            while (_unanswered.TryDequeue(out (long Number, long Timestamp) heartbeat))
            {
                _answered = heartbeat.Number;
                if (!isEcho || heartbeat.Timestamp == echo)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Names all that was sent until now, for <see cref="IsRead"/>.</summary>
    public long Mark()
    {
        lock (_gate)
        {
            return _wanted = _sent + 1;
        }
    }

    /// <summary>Whether the SFU is known to have read what was sent before the mark.</summary>
    public bool IsRead(long mark)
    {
        lock (_gate)
        {
            return _answered >= mark;
        }
    }
}

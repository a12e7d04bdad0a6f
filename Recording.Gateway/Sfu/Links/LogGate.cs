namespace Recording.Gateway.Sfu.Links;

/// <summary>Lets a kind of message into the log once a minute. Kinds are constants: their number has to be bounded.</summary>
internal sealed class LogGate(TimeProvider time)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _loggedAt = new(StringComparer.Ordinal);

    /// <summary>Whether this one is to be logged.</summary>
    public bool Opens(string kind)
    {
        lock (_gate)
        {
            if (_loggedAt.TryGetValue(kind, out long loggedAt) && time.GetElapsedTime(loggedAt) < s_interval)
            {
                return false;
            }

            _loggedAt[kind] = time.GetTimestamp();
            return true;
        }
    }
}

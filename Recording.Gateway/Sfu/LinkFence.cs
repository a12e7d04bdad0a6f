namespace Recording.Gateway.Sfu;

/// <summary>The fence under which this process holds an SFU, read by each grain call; it rises when the lease is taken again.</summary>
internal sealed class LinkFence(ulong value = 0)
{
    private ulong _value = value;

    public ulong Value => Volatile.Read(ref _value);

    public void RaiseTo(ulong value)
    {
        ulong seen = Volatile.Read(ref _value);
        while (value > seen)
        {
            ulong found = Interlocked.CompareExchange(ref _value, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }
}

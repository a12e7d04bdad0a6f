namespace Recording.Gateway.Sfu.Ingest;

/// <summary>Counts who still needs a thing; once it was given up nobody can take hold of it again. Thread-safe.</summary>
internal sealed class HoldCount
{
    private const int GivenUp = -1;

    private int _holders;

    /// <summary>Takes hold of it; false = it was given up.</summary>
    public bool TryHold()
    {
        int seen = Volatile.Read(ref _holders);
        while (seen != GivenUp)
        {
            int found = Interlocked.CompareExchange(ref _holders, seen + 1, seen);
            if (found == seen)
            {
                return true;
            }

            seen = found;
        }

        return false;
    }

    /// <summary>Lets go of it; once for each successful <see cref="TryHold"/>.</summary>
    public void Release() => Interlocked.Decrement(ref _holders);

    /// <summary>Gives it up unless somebody holds it.</summary>
    public bool TryGiveUp() => Interlocked.CompareExchange(ref _holders, GivenUp, 0) == 0;
}

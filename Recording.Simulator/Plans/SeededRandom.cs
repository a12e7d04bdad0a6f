namespace Recording.Simulator.Plans;

/// <summary>Independent random sequences from one seed and a name each (FNV-1a, so that they are the same in every process).</summary>
public static class SeededRandom
{
    /// <summary>The sequence of this name.</summary>
    public static Random Create(int seed, params ReadOnlySpan<string> names)
    {
        ulong hash = 14695981039346656037UL ^ (uint)seed;
        foreach (string name in names)
        {
            foreach (char letter in name)
            {
                hash = unchecked((hash ^ letter) * 1099511628211UL);
            }

            hash = unchecked((hash ^ 0xFFFF) * 1099511628211UL);
        }

        return new Random((int)(hash ^ (hash >> 32)));
    }

    /// <summary>An id in the form of a UUID.</summary>
    public static string NextId(this Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString();
    }
}

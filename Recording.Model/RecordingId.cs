namespace Recording.Model;

/// <summary>Names of recordings: 26 lower-case characters that sort by time (48 bits of milliseconds, 80 bits of randomness, Crockford's base 32).</summary>
public static class RecordingId
{
    /// <summary>Characters of an id.</summary>
    public const int Length = 26;

    /// <summary>Bytes of randomness that an id takes.</summary>
    public const int EntropyBytes = 10;

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>Makes an id.</summary>
    /// <param name="now">The time it sorts by.</param>
    /// <param name="entropy">At least <see cref="EntropyBytes"/> random bytes.</param>
    public static string Mint(DateTimeOffset now, ReadOnlySpan<byte> entropy)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(entropy.Length, EntropyBytes);
        Span<char> id = stackalloc char[Length];
        var milliseconds = (ulong)now.ToUnixTimeMilliseconds();
        for (var i = 9; i >= 0; i--)
        {
            id[i] = Alphabet[(int)(milliseconds & 31)];
            milliseconds >>= 5;
        }

        uint bits = 0;
        var held = 0;
        var next = 10;
        foreach (var value in entropy[..EntropyBytes])
        {
            bits = (bits << 8) | value;
            held += 8;
            while (held >= 5)
            {
                held -= 5;
                id[next++] = Alphabet[(int)((bits >> held) & 31)];
            }
        }

        return new string(id);
    }
}

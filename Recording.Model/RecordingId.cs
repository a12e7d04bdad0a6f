using System.Buffers.Binary;

namespace Recording.Model;

/// <summary>The form of a recording id: 26 lower-case characters of Crockford's base 32, ordered by time.</summary>
public static class RecordingId
{
    /// <summary>Characters of an id.</summary>
    public const int Length = 26;

    /// <summary>Bytes of randomness that an id takes.</summary>
    public const int EntropyBytes = 10;

    /// <summary>Bytes that an id encodes: 6 of time, 10 random.</summary>
    internal const int ByteLength = 16;

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int BitsPerCharacter = 5;
    private const int TimeCharacters = 10;

    /// <summary>Makes one id; <see cref="RecordingIdSource"/> makes many that rise strictly.</summary>
    /// <param name="now">The time it sorts by.</param>
    /// <param name="entropy">At least <see cref="EntropyBytes"/> random bytes.</param>
    public static string Mint(DateTimeOffset now, ReadOnlySpan<byte> entropy)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(entropy.Length, EntropyBytes);
        Span<byte> bytes = stackalloc byte[ByteLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, now.ToUnixTimeMilliseconds() << 16);
        entropy[..EntropyBytes].CopyTo(bytes[(ByteLength - EntropyBytes)..]);
        return Encode(bytes);
    }

    /// <summary>Whether the text has the form of an id.</summary>
    public static bool IsValid(string? text)
    {
        // 26 characters hold 130 bits: the first one carries only three.
        if (text is not { Length: Length } || text[0] > '7')
        {
            return false;
        }

        foreach (var character in text)
        {
            if (!Alphabet.Contains(character, StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>When the id was minted, in whole milliseconds.</summary>
    /// <exception cref="RecordingException">1003: not an id.</exception>
    public static DateTimeOffset TimeOf(string id)
    {
        if (!IsValid(id))
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"A recording id has {Length} lower-case base 32 characters; found '{id}'.");
        }

        long milliseconds = 0;
        foreach (var character in id.AsSpan(0, TimeCharacters))
        {
            milliseconds = (milliseconds << BitsPerCharacter) | (long)Alphabet.IndexOf(character, StringComparison.Ordinal);
        }

        return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }

    internal static string Encode(ReadOnlySpan<byte> bytes)
    {
        var value = UInt128.Zero;
        foreach (var b in bytes)
        {
            value = (value << 8) | b;
        }

        Span<char> text = stackalloc char[Length];
        for (var i = Length - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(uint)(value & 31)];
            value >>= BitsPerCharacter;
        }

        return new string(text);
    }
}

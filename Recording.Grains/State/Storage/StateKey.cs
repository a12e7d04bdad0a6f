using System.Globalization;
using System.Text;
using Orleans.Runtime;
using Recording.Model;

namespace Recording.Grains.State.Storage;

/// <summary>Where a grain's state lies: <c>{prefix}{grain type}/{key}</c>, each percent-encoded so that no key can leave its folder.</summary>
internal static class StateKey
{
    /// <summary>The store takes keys of at most this many bytes.</summary>
    public const int MaxLength = 1024;

    /// <summary>The object key of a grain's state; 1003 when it would be too long.</summary>
    public static string Of(string prefix, GrainId grainId)
    {
        var key = new StringBuilder(prefix);
        Encode(key, grainId.Type.Value.Value.Span);
        key.Append('/');
        Encode(key, grainId.Key.Value.Span);
        return key.Length <= MaxLength
            ? key.ToString()
            : throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"A grain key of {grainId.Key.Value.Length} bytes is too long for a state object.");
    }

    private static void Encode(StringBuilder output, ReadOnlySpan<byte> text)
    {
        bool dots = text.SequenceEqual("."u8) || text.SequenceEqual(".."u8);
        foreach (byte b in text)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'-' || (b == '.' && !dots))
            {
                output.Append((char)b);
            }
            else
            {
                output.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }
    }
}

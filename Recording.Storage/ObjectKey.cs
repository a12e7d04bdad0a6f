using System.Buffers;
using System.Text;
using Recording.Model;

namespace Recording.Storage;

/// <summary>Which keys every store takes: the same ones on S3 and in a directory.</summary>
public static class ObjectKey
{
    /// <summary>Bytes of a key in UTF-8.</summary>
    public const int MaxLength = 1024;

    /// <summary>Bytes of what lies between two slashes: a file name's limit.</summary>
    public const int MaxElementLength = 255;

    /// <summary>A first element that a store keeps for itself.</summary>
    public const string Reserved = ".store";

    private static readonly SearchValues<char> _forbidden = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(code => (char)code), '\u007F', '\\']);

    private static readonly UTF8Encoding _strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Checks a whole key.</summary>
    /// <exception cref="RecordingException">1003: empty, too long, an element that is empty, <c>.</c> or <c>..</c>, or a character that is not allowed.</exception>
    public static void Validate(string key)
    {
        string? fault = string.IsNullOrEmpty(key) ? "it is empty" : Fault(key, isPrefix: false);
        if (fault is not null)
        {
            throw Refused("key", key, fault);
        }
    }

    /// <summary>Checks a prefix for listing: empty, or the start of a key.</summary>
    /// <exception cref="RecordingException">1003, as <see cref="Validate"/>.</exception>
    public static void ValidatePrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        string? fault = prefix.Length == 0 ? null : Fault(prefix, isPrefix: true);
        if (fault is not null)
        {
            throw Refused("prefix", prefix, fault);
        }
    }

    private static string? Fault(string key, bool isPrefix)
    {
        if (key.AsSpan().IndexOfAny(_forbidden) >= 0)
        {
            return "it holds a control character or a backslash";
        }

        try
        {
            if (_strictUtf8.GetByteCount(key) > MaxLength)
            {
                return $"it is longer than {MaxLength} bytes";
            }
        }
        catch (EncoderFallbackException)
        {
            return "it is not valid Unicode";
        }

        string[] elements = key.Split('/');
        for (int i = 0; i < elements.Length; i++)
        {
            string element = elements[i];
            bool last = i == elements.Length - 1;
            if (element.Length == 0 && !(isPrefix && last && i > 0))
            {
                return "an element is empty";
            }

            if (element is "." or ".." && !(isPrefix && last))
            {
                return "an element is '.' or '..'";
            }

            if (Encoding.UTF8.GetByteCount(element) > MaxElementLength)
            {
                return $"an element is longer than {MaxElementLength} bytes";
            }
        }

        return elements[0] == Reserved ? $"'{Reserved}' belongs to the store" : null;
    }

    private static RecordingException Refused(string what, string? key, string fault)
    {
        // Keys can be hostile: a log line gets its start only.
        string shown = key is null ? "" : key.Length <= 80 ? key : string.Concat(key.AsSpan(0, 80), "...");
        return new RecordingException(RecordingErrorCode.ProtocolViolation, $"The {what} '{shown}' is not allowed: {fault}.");
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Recording.Gateway.Sfu.Links;

/// <summary>Which ids of an SFU are taken. They become parts of keys, so nothing that could lead out of a folder is.</summary>
internal static class SfuIds
{
    private const int MaxBytes = 200;

    /// <summary>Whether an id is not empty, at most 200 bytes as it will be stored, free of control characters, and not a path that leads elsewhere.</summary>
    public static bool IsValid([NotNullWhen(true)] string? id)
    {
        if (string.IsNullOrEmpty(id) || EncodedLength(id) > MaxBytes || id[0] is '/' or '\\')
        {
            return false;
        }

        foreach (char c in id)
        {
            if (char.IsControl(c))
            {
                return false;
            }
        }

        foreach (string part in id.Split('/', '\\'))
        {
            if (part is "." or "..")
            {
                return false;
            }
        }

        return true;
    }

    // Outside A-Za-z0-9._- each byte is stored as %XX.
    private static int EncodedLength(string id)
    {
        int length = 0;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in id.EnumerateRunes())
        {
            int bytes = rune.EncodeToUtf8(utf8);
            bool plain = rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || rune.Value is '.' or '_' or '-');
            length += plain ? 1 : bytes * 3;
        }

        return length;
    }
}

using System.Buffers.Binary;

namespace Recording.Media.Depacketizers;

/// <summary>What H.264 and H.265 share in how NAL units are stored.</summary>
internal static class NalUnits
{
    /// <summary>Bytes of the length before every NAL unit in a container.</summary>
    public const int LengthSize = 4;

    /// <summary>Copies a payload without its emulation prevention bytes (00 00 03, ITU-T H.264, 7.4.1), as far as there is room.</summary>
    public static ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> escaped, Span<byte> room)
    {
        int zeros = 0;
        int length = 0;
        foreach (byte b in escaped)
        {
            if (length == room.Length)
            {
                break;
            }

            if (zeros >= 2 && b == 3)
            {
                zeros = 0;
                continue;
            }

            zeros = b == 0 ? zeros + 1 : 0;
            room[length++] = b;
        }

        return room[..length];
    }

    /// <summary>Adds one NAL unit with its length before it to the picture.</summary>
    public static void Append(PictureAssembly picture, ReadOnlySpan<byte> nal)
    {
        Span<byte> length = stackalloc byte[LengthSize];
        BinaryPrimitives.WriteInt32BigEndian(length, nal.Length);
        picture.Append(length);
        picture.Append(nal);
    }

    /// <summary>Remembers a parameter set; true when it is new or another one.</summary>
    public static bool Keep(Dictionary<int, byte[]> sets, int id, ReadOnlySpan<byte> nal)
    {
        if (sets.TryGetValue(id, out byte[]? known) && nal.SequenceEqual(known))
        {
            return false;
        }

        sets[id] = nal.ToArray();
        return true;
    }

    /// <summary>The value of a parameter in an SDP fmtp line, or empty.</summary>
    public static string Parameter(string fmtp, string name)
    {
        foreach (string part in fmtp.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && part.AsSpan(0, equals).Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return part[(equals + 1)..].Trim();
            }
        }

        return "";
    }

    /// <summary>NAL units of a comma-separated list of base64 texts; what does not decode is left out.</summary>
    public static IEnumerable<byte[]> FromBase64List(string list)
    {
        foreach (string text in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            byte[] nal = new byte[text.Length];
            if (Convert.TryFromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='), nal, out int length) && length > 0)
            {
                yield return nal[..length];
            }
        }
    }
}

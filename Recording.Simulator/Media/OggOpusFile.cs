using Recording.Model;

namespace Recording.Simulator.Media;

/// <summary>Takes the audio packets out of an Ogg Opus file (RFC 3533, RFC 7845) of one logical stream.</summary>
public static class OggOpusFile
{
    private const int PageHeaderSize = 27;
    private const int HeaderPackets = 2; // OpusHead and OpusTags

    /// <summary>The audio packets, in order. Throws 1003 when it is not Ogg Opus or cut short.</summary>
    public static IReadOnlyList<byte[]> Read(ReadOnlySpan<byte> file)
    {
        var packets = new List<byte[]>();
        using var open = new MemoryStream();
        int offset = 0;
        while (offset < file.Length)
        {
            ReadOnlySpan<byte> page = file[offset..];
            if (page.Length < PageHeaderSize || !page.StartsWith("OggS"u8) || page.Length < PageHeaderSize + page[26])
            {
                throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"no Ogg page at {offset}");
            }

            ReadOnlySpan<byte> lacing = page.Slice(PageHeaderSize, page[26]);
            int position = PageHeaderSize + lacing.Length;
            foreach (byte length in lacing)
            {
                if (length > page.Length - position)
                {
                    throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"Ogg segment of {length} bytes, {page.Length - position} left");
                }

                open.Write(page.Slice(position, length));
                position += length;
                if (length < 255)
                {
                    packets.Add(open.ToArray());
                    open.SetLength(0);
                }
            }

            offset += position;
        }

        if (packets.Count < HeaderPackets || !packets[0].AsSpan().StartsWith("OpusHead"u8))
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, "not an Ogg Opus file");
        }

        packets.RemoveRange(0, HeaderPackets);
        return packets;
    }
}

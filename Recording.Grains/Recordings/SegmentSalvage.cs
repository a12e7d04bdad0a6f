using System.Buffers;
using Google.Protobuf;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>
/// Takes the sound blocks out of a damaged segment as small segments of their own, one for each run of indexes without a hole.
/// Assembly then lists what lies between them as gaps.
/// </summary>
internal static class SegmentSalvage
{
    /// <summary>Sound parts in order; none when the segment is gone or nothing in it can be read.</summary>
    public static async Task<IReadOnlyList<SegmentSource>> ReadAsync(IObjectStore store, string key, SegmentKey name, CancellationToken cancellationToken)
    {
        await using var stored = await store.GetAsync(key, cancellationToken: cancellationToken);
        if (stored is null)
        {
            return [];
        }

        List<SegmentSource> parts = [];
        var reader = new TrackFileReader(stored.Content);
        var part = new ArrayBufferWriter<byte>();
        byte[] section = [];
        var first = name.FirstIndex;
        var next = name.FirstIndex;
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.Kind == TrackItemKind.Section)
            {
                section = reader.Item.ToArray();
            }
            else if (reader.Kind == TrackItemKind.Block && section.Length > 0 && TryRange(reader, name, next, out var from, out var count))
            {
                if (count > 0 && from > next)
                {
                    Close();
                    first = next = from;
                }

                if (part.WrittenCount == 0)
                {
                    part.Write(section);
                }

                part.Write(reader.Item.Span);
                next += count;
            }
        }

        Close();
        return parts;

        void Close()
        {
            if (next > first)
            {
                var bytes = part.WrittenSpan.ToArray();
                parts.Add(new SegmentSource(name with { FirstIndex = first, LastIndex = next - 1 }, _ => Task.FromResult<Stream?>(new MemoryStream(bytes, writable: false)), bytes.Length));
            }

            part.ResetWrittenCount();
        }
    }

    /// <summary>Indexes that a block counts; false when it is not of this segment or not in order.</summary>
    private static bool TryRange(TrackFileReader reader, SegmentKey name, ulong next, out ulong from, out ulong count)
    {
        var header = reader.Header;
        from = next;
        count = 0;
        switch (header.Kind)
        {
            case BlockKind.Data:
                ulong entries = 0;
                var payload = new DataPayloadReader(reader.Payload.Span, header.BaseTimeUs);
                while (payload.Read())
                {
                    entries++;
                }

                from = header.FirstIndex;
                count = entries;
                return !payload.IsDamaged && entries == (ulong)header.PacketCount && Fits(from, count);
            case BlockKind.Marker:
                if (!TryParse(reader.Payload.Span, out var marker))
                {
                    return false;
                }

                if (marker?.Skipped is { } skipped)
                {
                    from = skipped.FirstIndex;
                    count = skipped.LastIndex - skipped.FirstIndex + 1;
                    return Fits(from, count);
                }

                return true;
            case BlockKind.Format:
                return true;
            default:
                return false;
        }

        bool Fits(ulong first, ulong length) => header.Epoch == name.Epoch && length > 0 && first >= next && first + length - 1 <= name.LastIndex;
    }

    internal static bool TryParse(ReadOnlySpan<byte> payload, out Marker? marker)
    {
        try
        {
            marker = Marker.Parser.ParseFrom(payload);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            marker = null;
            return false;
        }
    }
}

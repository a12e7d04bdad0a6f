namespace Recording.Protocol.Frames;

/// <summary><c>SfuToRecording.rtp_batch</c> read in place; the payload is not copied.</summary>
public readonly ref struct RtpBatchFrame
{
    private const uint RequestIdTag = (1 << 3) | 2;
    private const uint RtpBatchTag = (42 << 3) | 2;

    /// <summary>The track, as the SFU numbered it in <c>track_subscribed</c>.</summary>
    public uint TrackHandle { get; init; }

    /// <summary>Index of the first packet, from 1.</summary>
    public ulong FirstIndex { get; init; }

    /// <summary>Base of the first delta, µs since 1970, SFU clock.</summary>
    public long BaseTimeUs { get; init; }

    /// <summary>Payload of a data block (docs/track-file.md).</summary>
    public ReadOnlySpan<byte> Packets { get; init; }

    /// <summary>Entries in <see cref="Packets"/>, as announced.</summary>
    public uint Count { get; init; }

    /// <summary>Indexes just before the first one that the SFU had to drop.</summary>
    public ulong LostBefore { get; init; }

    /// <summary>Reads a message that holds one <c>rtp_batch</c> and at most a request id before it. False = anything else: the generated parser decides.</summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out RtpBatchFrame batch)
    {
        batch = default;
        var reader = new WireReader(message);
        if (!reader.TryReadTag(out uint tag))
        {
            return false;
        }

        if (tag == RequestIdTag && (!reader.TryReadBytes(out _) || !reader.TryReadTag(out tag)))
        {
            return false;
        }

        return tag == RtpBatchTag && reader.TryReadBytes(out ReadOnlySpan<byte> body) && reader.AtEnd && TryParseBody(body, out batch);
    }

    private static bool TryParseBody(ReadOnlySpan<byte> body, out RtpBatchFrame batch)
    {
        batch = default;
        ReadOnlySpan<byte> packets = default;
        ulong handle = 0, firstIndex = 0, baseTime = 0, count = 0, lostBefore = 0;
        var reader = new WireReader(body);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out uint tag))
            {
                return false;
            }

            bool read = tag switch
            {
                1 << 3 => reader.TryReadVarint(out handle),
                2 << 3 => reader.TryReadVarint(out firstIndex),
                3 << 3 => reader.TryReadVarint(out baseTime),
                (4 << 3) | 2 => reader.TryReadBytes(out packets),
                5 << 3 => reader.TryReadVarint(out count),
                6 << 3 => reader.TryReadVarint(out lostBefore),
                _ => false,
            };
            if (!read)
            {
                return false;
            }
        }

        batch = new RtpBatchFrame
        {
            TrackHandle = unchecked((uint)handle),
            FirstIndex = firstIndex,
            BaseTimeUs = unchecked((long)baseTime),
            Packets = packets,
            Count = unchecked((uint)count),
            LostBefore = lostBefore,
        };
        return true;
    }
}

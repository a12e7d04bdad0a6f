using Recording.Media.Opus;

namespace Recording.Media.Playback;

/// <summary>Takes a redundant audio payload apart (RFC 2198, 3): older blocks first, the primary one last.</summary>
internal ref struct RedPayload
{
    //  0                   1                   2                   3
    //  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    // +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    // |F|   block PT  |  timestamp offset         |   block length    |   F = 1: another header follows
    // +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    // |0|   block PT  |                                                   the primary block takes what is left
    private const int FollowMask = 0x80;
    private const int PayloadTypeMask = 0x7F;
    private const int HeaderLength = 4;
    private const int MaxBlocks = 32;

    private readonly ReadOnlySpan<byte> _payload;
    private int _header;
    private int _data;

    public RedPayload(ReadOnlySpan<byte> payload)
    {
        _payload = payload;
        int offset = 0;
        while (offset < payload.Length && (payload[offset] & FollowMask) != 0 && Count < MaxBlocks)
        {
            offset += HeaderLength;
            Count++;
        }

        _data = offset + 1;
        IsValid = offset < payload.Length && Count < MaxBlocks;
    }

    /// <summary>The headers are whole.</summary>
    public bool IsValid { get; private set; }

    /// <summary>Redundant blocks before the primary one.</summary>
    public int Count { get; private set; }

    public byte PayloadType { get; private set; }

    /// <summary>Ticks that the block is older than the packet.</summary>
    public uint TimestampOffset { get; private set; }

    public ReadOnlySpan<byte> Block { get; private set; }

    public bool IsPrimary { get; private set; }

    /// <summary>How many packets ago the block was sent: RFC 2198 gives its time alone, and a sender may repeat only what is two packets old.</summary>
    /// <param name="codec">Of the block, lower case; null = it is not known.</param>
    /// <param name="order">0 = the primary one, 1 = the last before it. At least that long ago.</param>
    public readonly int PacketsAgo(string? codec, int order)
    {
        // Of packets of one length. What no length divides, and what is far away (silence is not sent), stands in its order.
        int length = codec switch
        {
            "opus" => OpusPacket.TryParse(Block, out OpusPacket packet) ? packet.Samples : 0,
            "pcmu" or "pcma" => Block.Length,
            _ => 0,
        };
        return length > 0 && TimestampOffset % length == 0 && TimestampOffset / length is <= MaxBlocks and var packets ? Math.Max(order, (int)packets) : order;
    }

    /// <summary>Moves to the next block; false at the end, or (not valid) where a block would reach behind the payload.</summary>
    public bool Read()
    {
        if (!IsValid || IsPrimary)
        {
            return false;
        }

        byte first = _payload[_header];
        PayloadType = (byte)(first & PayloadTypeMask);
        if ((first & FollowMask) == 0)
        {
            IsPrimary = true;
            TimestampOffset = 0;
            Block = _payload[_data..];
            return true;
        }

        int packed = (_payload[_header + 1] << 16) | (_payload[_header + 2] << 8) | _payload[_header + 3];
        int length = packed & 0x3FF;
        TimestampOffset = (uint)(packed >> 10);
        if (length > _payload.Length - _data)
        {
            IsValid = false;
            return false;
        }

        Block = _payload.Slice(_data, length);
        _data += length;
        _header += HeaderLength;
        return true;
    }
}

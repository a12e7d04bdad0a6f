namespace Recording.Protocol.Frames;

/// <summary>
/// <c>SfuToRecording.rtp_packet</c> read in place: the plan's message repeats four strings with each packet, and parsing them would cost more than the rest.
/// Spans point into the frame.
/// </summary>
public readonly ref struct RtpPacketFrame
{
    private const uint RequestIdTag = (1 << 3) | 2;
    private const uint RtpPacketTag = (40 << 3) | 2;

    /// <summary>UTF-8 of <c>room_id</c>.</summary>
    public ReadOnlySpan<byte> RoomId { get; init; }

    /// <summary>UTF-8 of <c>recording_id</c>.</summary>
    public ReadOnlySpan<byte> RecordingId { get; init; }

    /// <summary>UTF-8 of <c>producer_id</c>; with the link it names the track.</summary>
    public ReadOnlySpan<byte> ProducerId { get; init; }

    /// <summary>UTF-8 of <c>peer_id</c>.</summary>
    public ReadOnlySpan<byte> PeerId { get; init; }

    /// <summary>The RTP packet.</summary>
    public ReadOnlySpan<byte> RtpData { get; init; }

    /// <summary>As announced; the packet's own header counts.</summary>
    public int PayloadType { get; init; }

    /// <summary>As announced; the packet's own header counts.</summary>
    public uint Ssrc { get; init; }

    /// <summary>When the SFU received it: ms since 1970, or µs when above 10^14; 0 = not said.</summary>
    public long ServerTimestamp { get; init; }

    /// <summary>As announced; the packet's own header counts.</summary>
    public uint RtpTimestamp { get; init; }

    /// <summary>As announced; the packet's own header counts.</summary>
    public uint SequenceNumber { get; init; }

    /// <summary>
    /// Reads a message that holds one <c>rtp_packet</c> and at most a request id before it. False = anything else, well-formed or not:
    /// the generated parser decides what it is. Unlike it, this one takes strings that are not UTF-8: a packet is not lost for a garbled name beside it.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> message, out RtpPacketFrame packet)
    {
        packet = default;
        var reader = new WireReader(message);
        if (!reader.TryReadTag(out uint tag))
        {
            return false;
        }

        if (tag == RequestIdTag && (!reader.TryReadBytes(out _) || !reader.TryReadTag(out tag)))
        {
            return false;
        }

        return tag == RtpPacketTag && reader.TryReadBytes(out ReadOnlySpan<byte> body) && reader.AtEnd && TryParseBody(body, out packet);
    }

    private static bool TryParseBody(ReadOnlySpan<byte> body, out RtpPacketFrame packet)
    {
        packet = default;
        ReadOnlySpan<byte> room = default, recording = default, producer = default, peer = default, data = default;
        ulong payloadType = 0, ssrc = 0, serverTimestamp = 0, rtpTimestamp = 0, sequenceNumber = 0;
        var reader = new WireReader(body);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out uint tag))
            {
                return false;
            }

            // A field that came twice: the last one counts, as in the generated parser.
            bool read = tag switch
            {
                (1 << 3) | 2 => reader.TryReadBytes(out room),
                (2 << 3) | 2 => reader.TryReadBytes(out recording),
                (3 << 3) | 2 => reader.TryReadBytes(out producer),
                (4 << 3) | 2 => reader.TryReadBytes(out peer),
                (5 << 3) | 2 => reader.TryReadBytes(out data),
                6 << 3 => reader.TryReadVarint(out payloadType),
                7 << 3 => reader.TryReadVarint(out ssrc),
                8 << 3 => reader.TryReadVarint(out serverTimestamp),
                9 << 3 => reader.TryReadVarint(out rtpTimestamp),
                10 << 3 => reader.TryReadVarint(out sequenceNumber),
                _ => false,
            };
            if (!read)
            {
                return false;
            }
        }

        packet = new RtpPacketFrame
        {
            RoomId = room,
            RecordingId = recording,
            ProducerId = producer,
            PeerId = peer,
            RtpData = data,
            PayloadType = unchecked((int)payloadType),
            Ssrc = unchecked((uint)ssrc),
            ServerTimestamp = unchecked((long)serverTimestamp),
            RtpTimestamp = unchecked((uint)rtpTimestamp),
            SequenceNumber = unchecked((uint)sequenceNumber),
        };
        return true;
    }
}

using System.Buffers.Binary;

namespace Recording.Media.Rtp;

/// <summary>An RTCP sender report (RFC 3550 6.4.1): one instant on the sender's wall clock and on its RTP clock.</summary>
/// <param name="Ssrc">The stream it speaks of.</param>
/// <param name="NtpTime">Seconds since 1900 in 32.32 fixed point.</param>
/// <param name="RtpTimestamp">The same instant in ticks of the codec's clock.</param>
/// <param name="PacketCount">RTP packets sent so far.</param>
/// <param name="OctetCount">Payload bytes sent so far.</param>
public readonly record struct SenderReport(uint Ssrc, ulong NtpTime, uint RtpTimestamp, uint PacketCount, uint OctetCount)
{
    /// <summary>Bytes of a sender report without report blocks.</summary>
    public const int Length = 28;

    private const byte PacketType = 200;
    private const byte VersionAndNoBlocks = 0x80;

    /// <summary>Reads the report at the front of an RTCP packet; false when it is something else or cut short.</summary>
    public static bool TryParse(ReadOnlySpan<byte> data, out SenderReport report)
    {
        report = default;
        if (data.Length < Length || data[0] >> 6 != 2 || data[1] != PacketType)
        {
            return false;
        }

        report = new SenderReport(
            BinaryPrimitives.ReadUInt32BigEndian(data[4..]),
            BinaryPrimitives.ReadUInt64BigEndian(data[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(data[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(data[20..]),
            BinaryPrimitives.ReadUInt32BigEndian(data[24..]));
        return true;
    }

    /// <summary>Writes the report to the first <see cref="Length"/> bytes and returns that length.</summary>
    public int Write(Span<byte> destination)
    {
        destination[0] = VersionAndNoBlocks;
        destination[1] = PacketType;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (Length / sizeof(uint)) - 1);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Ssrc);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], NtpTime);
        BinaryPrimitives.WriteUInt32BigEndian(destination[16..], RtpTimestamp);
        BinaryPrimitives.WriteUInt32BigEndian(destination[20..], PacketCount);
        BinaryPrimitives.WriteUInt32BigEndian(destination[24..], OctetCount);
        return Length;
    }
}

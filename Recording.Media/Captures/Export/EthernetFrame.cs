using System.Buffers.Binary;

namespace Recording.Media.Captures.Export;

/// <summary>Ethernet, IPv4 and UDP around a payload, with right lengths and checksums.</summary>
public static class EthernetFrame
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderLength = EthernetLength + IpLength + UdpLength;

    /// <summary>The largest payload of a UDP datagram over IPv4.</summary>
    public const int MaxPayload = ushort.MaxValue - IpLength - UdpLength;

    private const int EthernetLength = 14;
    private const int IpLength = 20;
    private const int UdpLength = 8;
    private const byte Udp = 17;
    private const byte TimeToLive = 64;
    private const ushort DontFragment = 0x4000;

    /// <summary>Writes the frame of a packet and returns its length.</summary>
    /// <param name="destination">At least <see cref="HeaderLength"/> and the payload.</param>
    /// <param name="address">Of the track.</param>
    /// <param name="isRtcp">Whether it goes to the RTCP port.</param>
    /// <param name="payload">At most <see cref="MaxPayload"/>.</param>
    public static int Write(Span<byte> destination, ExportAddress address, bool isRtcp, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxPayload);
        Span<byte> ethernet = destination[..EthernetLength];
        Span<byte> ip = destination.Slice(EthernetLength, IpLength);
        Span<byte> udp = destination.Slice(EthernetLength + IpLength, UdpLength + payload.Length);

        // Locally administered addresses (IEEE 802), one a participant.
        ((ReadOnlySpan<byte>)[2, 0, 0, 0, 0, 2, 2, 0, 0, 1, (byte)(address.Peer >> 8), (byte)address.Peer, 0x08, 0x00]).CopyTo(ethernet);
        ip.Clear();
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(IpLength + udp.Length));
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], DontFragment);
        ip[8] = TimeToLive;
        ip[9] = Udp;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], address.Source);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], ExportAddress.Destination);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Fold(Sum(ip, 0)));

        int rtcp = isRtcp ? 1 : 0;
        BinaryPrimitives.WriteUInt16BigEndian(udp, (ushort)(address.SourcePort + rtcp));
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], (ushort)(address.Port + rtcp));
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], 0);
        payload.CopyTo(udp[UdpLength..]);

        // RFC 768: over addresses, protocol and length as well; a sum of 0 is sent as its complement.
        ushort checksum = Fold(Sum(udp, Sum(ip[12..], (uint)(Udp + udp.Length))));
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], checksum == 0 ? ushort.MaxValue : checksum);
        return EthernetLength + IpLength + udp.Length;
    }

    private static uint Sum(ReadOnlySpan<byte> bytes, uint sum)
    {
        for (; bytes.Length >= 2; bytes = bytes[2..])
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        }

        return bytes.IsEmpty ? sum : sum + ((uint)bytes[0] << 8);
    }

    private static ushort Fold(uint sum)
    {
        while (sum > ushort.MaxValue)
        {
            sum = (sum & ushort.MaxValue) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}

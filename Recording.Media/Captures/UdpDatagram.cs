using System.Buffers.Binary;

namespace Recording.Media.Captures;

/// <summary>Where the UDP payload lies in a captured frame.</summary>
internal readonly record struct UdpDatagram(ushort SourcePort, ushort DestinationPort, int PayloadOffset, int PayloadLength)
{
    // Link types as tcpdump.org lists them.
    private const int Null = 0;
    private const int Ethernet = 1;
    private const int RawBsd = 12;
    private const int RawOpenBsd = 14;
    private const int Raw = 101;
    private const int LinuxCooked = 113;
    private const int Ipv4 = 228;
    private const int Ipv6 = 229;
    private const int LinuxCooked2 = 276;

    private const ushort EtherIpv4 = 0x0800;
    private const ushort EtherIpv6 = 0x86DD;
    private const ushort EtherVlan = 0x8100;
    private const ushort EtherServiceVlan = 0x88A8;
    private const byte ProtocolUdp = 17;
    private const int UdpHeaderLength = 8;
    private const int Ipv6HeaderLength = 40;

    /// <summary>Walks link layer, IP and UDP; false for anything else, for fragments and for frames cut short.</summary>
    public static bool TryParse(int linkType, ReadOnlySpan<byte> frame, out UdpDatagram datagram)
    {
        datagram = default;
        return linkType switch
        {
            Ethernet => TryEther(frame, 12, out datagram),
            LinuxCooked => TryEther(frame, 14, out datagram),
            LinuxCooked2 => frame.Length >= 20 && TryNetwork(frame, 20, out datagram),
            Null => frame.Length >= 4 && TryNetwork(frame, 4, out datagram),
            RawBsd or RawOpenBsd or Raw or Ipv4 or Ipv6 => TryNetwork(frame, 0, out datagram),
            _ => false,
        };
    }

    private static bool TryEther(ReadOnlySpan<byte> frame, int typeOffset, out UdpDatagram datagram)
    {
        datagram = default;
        while (frame.Length >= typeOffset + 2)
        {
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[typeOffset..]);
            if (type is EtherVlan or EtherServiceVlan)
            {
                typeOffset += 4;
                continue;
            }

            return type is EtherIpv4 or EtherIpv6 && TryNetwork(frame, typeOffset + 2, out datagram);
        }

        return false;
    }

    private static bool TryNetwork(ReadOnlySpan<byte> frame, int offset, out UdpDatagram datagram)
    {
        datagram = default;
        return offset < frame.Length && (frame[offset] >> 4) switch
        {
            4 => TryIpv4(frame, offset, out datagram),
            6 => TryIpv6(frame, offset, out datagram),
            _ => false,
        };
    }

    // RFC 791, 3.1: IHL in words in the first byte's low half; flags and fragment offset at 6; protocol at 9.
    private static bool TryIpv4(ReadOnlySpan<byte> frame, int offset, out UdpDatagram datagram)
    {
        datagram = default;
        ReadOnlySpan<byte> header = frame[offset..];
        if (header.Length < 20)
        {
            return false;
        }

        int length = (header[0] & 0x0F) * 4;
        bool isFragment = (BinaryPrimitives.ReadUInt16BigEndian(header[6..]) & 0x3FFF) != 0;
        return length >= 20 && !isFragment && header[9] == ProtocolUdp && TryUdp(frame, offset + length, out datagram);
    }

    // RFC 8200, 4: hop-by-hop (0), routing (43) and destination options (60) may stand before UDP; a fragment header (44) ends the walk.
    private static bool TryIpv6(ReadOnlySpan<byte> frame, int offset, out UdpDatagram datagram)
    {
        datagram = default;
        if (frame.Length - offset < Ipv6HeaderLength)
        {
            return false;
        }

        byte next = frame[offset + 6];
        offset += Ipv6HeaderLength;
        while (next is 0 or 43 or 60)
        {
            if (frame.Length - offset < 8)
            {
                return false;
            }

            next = frame[offset];
            offset += (frame[offset + 1] + 1) * 8;
        }

        return next == ProtocolUdp && TryUdp(frame, offset, out datagram);
    }

    private static bool TryUdp(ReadOnlySpan<byte> frame, int offset, out UdpDatagram datagram)
    {
        datagram = default;
        if (offset < 0 || frame.Length - offset < UdpHeaderLength)
        {
            return false;
        }

        ReadOnlySpan<byte> udp = frame[offset..];
        int length = BinaryPrimitives.ReadUInt16BigEndian(udp[4..]);
        if (length < UdpHeaderLength || length > udp.Length)
        {
            return false;
        }

        datagram = new UdpDatagram(
            BinaryPrimitives.ReadUInt16BigEndian(udp), BinaryPrimitives.ReadUInt16BigEndian(udp[2..]), offset + UdpHeaderLength, length - UdpHeaderLength);
        return true;
    }
}

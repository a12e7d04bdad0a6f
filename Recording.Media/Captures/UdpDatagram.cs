using System.Buffers.Binary;

namespace Recording.Media.Captures;

/// <summary>Where the UDP payload lies in a captured frame.</summary>
internal readonly record struct UdpDatagram(UInt128 SourceAddress, ushort SourcePort, ushort DestinationPort, int PayloadOffset, int PayloadLength)
{
    // Link types as tcpdump.org lists them.
    private const int Null = 0;
    private const int Ethernet = 1;
    private const int RawBsd = 12;
    private const int RawOpenBsd = 14;
    private const int Raw = 101;
    private const int Loop = 108;
    private const int LinuxCooked = 113;
    private const int Ipv4 = 228;
    private const int Ipv6 = 229;
    private const int LinuxCooked2 = 276;

    private const ushort EtherIpv4 = 0x0800;
    private const ushort EtherIpv6 = 0x86DD;
    private const ushort EtherVlan = 0x8100;
    private const ushort EtherServiceVlan = 0x88A8;
    private const ushort EtherOldServiceVlan = 0x9100;
    private const byte ProtocolUdp = 17;
    private const byte Ipv6Fragment = 44;
    private const int UdpHeaderLength = 8;
    private const int Ipv6HeaderLength = 40;
    private const int FragmentHeaderLength = 8;
    private const int MoreFragments = 0x2000;
    private const int FragmentOffsetMask = 0x1FFF;
    private const uint MappedIpv4 = 0xFFFF;

    /// <summary>Whether frames of a link type can be read.</summary>
    public static bool Knows(int linkType) =>
        linkType is Null or Ethernet or RawBsd or RawOpenBsd or Raw or Loop or LinuxCooked or Ipv4 or Ipv6 or LinuxCooked2;

    /// <summary>Walks link layer, IP and UDP.</summary>
    public static FrameContent Parse(int linkType, ReadOnlySpan<byte> frame, out UdpDatagram datagram, out IpFragment fragment)
    {
        datagram = default;
        fragment = default;
        return linkType switch
        {
            Ethernet => ParseEther(frame, 12, out datagram, out fragment),
            LinuxCooked => ParseEther(frame, 14, out datagram, out fragment),
            LinuxCooked2 => ParseNetwork(frame, 20, out datagram, out fragment),
            Null or Loop => ParseNetwork(frame, 4, out datagram, out fragment),
            RawBsd or RawOpenBsd or Raw or Ipv4 or Ipv6 => ParseNetwork(frame, 0, out datagram, out fragment),
            _ => FrameContent.UnknownLink,
        };
    }

    /// <summary>Reads the UDP header at an offset of a frame, or of what fragments were joined to.</summary>
    public static FrameContent ParseUdp(ReadOnlySpan<byte> frame, int offset, UInt128 source, out UdpDatagram datagram)
    {
        datagram = default;
        if (frame.Length - offset < UdpHeaderLength)
        {
            return FrameContent.Cut;
        }

        ReadOnlySpan<byte> udp = frame[offset..];
        int length = BinaryPrimitives.ReadUInt16BigEndian(udp[4..]);
        if (length < UdpHeaderLength)
        {
            return FrameContent.NotUdp;
        }

        if (length > udp.Length)
        {
            return FrameContent.Cut;
        }

        datagram = new UdpDatagram(
            source,
            BinaryPrimitives.ReadUInt16BigEndian(udp),
            BinaryPrimitives.ReadUInt16BigEndian(udp[2..]),
            offset + UdpHeaderLength,
            length - UdpHeaderLength);
        return FrameContent.Datagram;
    }

    private static FrameContent ParseEther(ReadOnlySpan<byte> frame, int typeOffset, out UdpDatagram datagram, out IpFragment fragment)
    {
        datagram = default;
        fragment = default;
        while (frame.Length >= typeOffset + 2)
        {
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[typeOffset..]);
            if (type is EtherVlan or EtherServiceVlan or EtherOldServiceVlan)
            {
                typeOffset += 4;
                continue;
            }

            return type is EtherIpv4 or EtherIpv6 ? ParseNetwork(frame, typeOffset + 2, out datagram, out fragment) : FrameContent.NotUdp;
        }

        return FrameContent.Cut;
    }

    private static FrameContent ParseNetwork(ReadOnlySpan<byte> frame, int offset, out UdpDatagram datagram, out IpFragment fragment)
    {
        datagram = default;
        fragment = default;
        if (offset >= frame.Length)
        {
            return FrameContent.Cut;
        }

        return (frame[offset] >> 4) switch
        {
            4 => ParseIpv4(frame, offset, out datagram, out fragment),
            6 => ParseIpv6(frame, offset, out datagram, out fragment),
            _ => FrameContent.NotUdp,
        };
    }

    // RFC 791, 3.1: IHL in words in the first byte's low half; total length at 2; identification at 4; flags and fragment offset at 6; protocol at 9.
    private static FrameContent ParseIpv4(ReadOnlySpan<byte> frame, int offset, out UdpDatagram datagram, out IpFragment fragment)
    {
        datagram = default;
        fragment = default;
        ReadOnlySpan<byte> header = frame[offset..];
        if (header.Length < 20)
        {
            return FrameContent.Cut;
        }

        int length = (header[0] & 0x0F) * 4;
        if (length < 20 || header[9] != ProtocolUdp)
        {
            return FrameContent.NotUdp;
        }

        uint address = BinaryPrimitives.ReadUInt32BigEndian(header[12..]);
        UInt128 source = new(0, ((ulong)MappedIpv4 << 32) | address);
        int place = BinaryPrimitives.ReadUInt16BigEndian(header[6..]);
        if ((place & (MoreFragments | FragmentOffsetMask)) == 0)
        {
            return ParseUdp(frame, offset + length, source, out datagram);
        }

        int total = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        var key = new IpFragmentKey(source, BinaryPrimitives.ReadUInt32BigEndian(header[16..]), BinaryPrimitives.ReadUInt16BigEndian(header[4..]));
        return ToFragment(frame, offset + length, total - length, key, (place & FragmentOffsetMask) * 8, (place & MoreFragments) != 0, out fragment);
    }

    // RFC 8200, 4: hop-by-hop (0), routing (43) and destination options (60) may stand before UDP, a fragment header (44) before it too.
    private static FrameContent ParseIpv6(ReadOnlySpan<byte> frame, int offset, out UdpDatagram datagram, out IpFragment fragment)
    {
        datagram = default;
        fragment = default;
        int start = offset;
        if (frame.Length - offset < Ipv6HeaderLength)
        {
            return FrameContent.Cut;
        }

        int end = offset + Ipv6HeaderLength + BinaryPrimitives.ReadUInt16BigEndian(frame[(offset + 4)..]);
        UInt128 source = BinaryPrimitives.ReadUInt128BigEndian(frame[(offset + 8)..]);
        UInt128 destination = BinaryPrimitives.ReadUInt128BigEndian(frame[(offset + 24)..]);
        byte next = frame[offset + 6];
        offset += Ipv6HeaderLength;
        while (next is 0 or 43 or 60)
        {
            if (frame.Length - offset < 8)
            {
                return FrameContent.Cut;
            }

            next = frame[offset];
            offset += (frame[offset + 1] + 1) * 8;
        }

        if (next != Ipv6Fragment)
        {
            return next == ProtocolUdp ? ParseUdp(frame, Math.Min(offset, frame.Length), source, out datagram) : FrameContent.NotUdp;
        }

        // RFC 8200, 4.5: next header, reserved, 13 bits of offset in 8 bytes, 2 reserved bits, the "more" bit, identification.
        if (frame.Length - offset < FragmentHeaderLength)
        {
            return FrameContent.Cut;
        }

        ReadOnlySpan<byte> header = frame[offset..];
        if (header[0] != ProtocolUdp)
        {
            return FrameContent.NotUdp;
        }

        int place = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
        offset += FragmentHeaderLength;
        if ((place & 0xFFF9) == 0)
        {
            return ParseUdp(frame, offset, source, out datagram);
        }

        var key = new IpFragmentKey(source, destination, BinaryPrimitives.ReadUInt32BigEndian(header[4..]));
        return ToFragment(frame, offset, end - offset, key, place & 0xFFF8, (place & 1) != 0, out fragment);
    }

    private static FrameContent ToFragment(
        ReadOnlySpan<byte> frame, int offset, int length, IpFragmentKey key, int place, bool more, out IpFragment fragment)
    {
        fragment = default;
        if (length < 0)
        {
            return FrameContent.NotUdp;
        }

        if (frame.Length - offset < length)
        {
            return FrameContent.Cut;
        }

        fragment = new IpFragment(key, place, offset, length, more);
        return FrameContent.Fragment;
    }
}

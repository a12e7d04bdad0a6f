using System.Buffers.Binary;

namespace Recording.Media.Captures;

/// <summary>pcapng (draft-ietf-opsawg-pcapng): enhanced, simple and obsolete packet blocks, several sections and interfaces, if_tsresol and if_tsoffset.</summary>
internal sealed class PcapngReader(byte[] start, Stream stream) : CaptureReader(start, stream)
{
    /// <summary>Type of a section header block: the same in both byte orders.</summary>
    public const uint SectionHeader = 0x0A0D0D0A;

    private const uint ByteOrderMagic = 0x1A2B3C4D;
    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint EnhancedPacket = 6;
    private const ushort TimestampResolutionOption = 9;
    private const ushort TimestampOffsetOption = 14;
    private const int BlockHeaderLength = 8;
    private const int MinBlockLength = 12;

    private readonly List<Interface> _interfaces = [];
    private bool _isBigEndian;

    public override string Format => "pcapng";

    public override bool Read()
    {
        while (Defect is null && TryTake(BlockHeaderLength, out ReadOnlySpan<byte> header, mayEnd: true))
        {
            uint type = ReadUInt32(header);
            uint length = ReadUInt32(header[4..]);
            if (type == SectionHeader)
            {
                uint asBigEndian = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
                uint asLittleEndian = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
                if (!StartSection(asBigEndian, asLittleEndian))
                {
                    return false;
                }

                continue;
            }

            if (length is < MinBlockLength or > MaxRecordLength || length % 4 != 0)
            {
                Defect = $"A block says it is {length} bytes long.";
                return false;
            }

            if (!TryTake((int)length - BlockHeaderLength, out ReadOnlySpan<byte> body))
            {
                return false;
            }

            if (TryBlock(type, body[..^4]))
            {
                return true;
            }
        }

        return false;
    }

    // The byte-order magic behind the length tells how to read it.
    private bool StartSection(uint asBigEndian, uint asLittleEndian)
    {
        if (!TryTake(4, out ReadOnlySpan<byte> magic))
        {
            return false;
        }

        _isBigEndian = BinaryPrimitives.ReadUInt32BigEndian(magic) == ByteOrderMagic;
        uint length = _isBigEndian ? asBigEndian : asLittleEndian;
        if (ReadUInt32(magic) != ByteOrderMagic || length is < 28 or > MaxRecordLength)
        {
            Defect = "A section header has no byte-order magic or an impossible length.";
            return false;
        }

        _interfaces.Clear();
        return TryTake((int)length - BlockHeaderLength - 4, out _);
    }

    private bool TryBlock(uint type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case InterfaceDescription when body.Length >= 8:
                _interfaces.Add(ReadInterface(body));
                return false;
            case EnhancedPacket when body.Length >= 20:
                return TryPacket(ReadUInt32(body), body, 20);
            case ObsoletePacket when body.Length >= 20:
                return TryPacket(ReadUInt16(body), body, 20);
            case SimplePacket when body.Length >= 4 && _interfaces.Count > 0:
                // No time: it keeps that of the packet before.
                int length = (int)Math.Min(ReadUInt32(body), (uint)(body.Length - 4));
                return TrySetDatagram(_interfaces[0].LinkType, 4, length);
            case EnhancedPacket or ObsoletePacket or SimplePacket:
                NotUdp++;
                return false;
            default:
                return false;
        }
    }

    private bool TryPacket(uint interfaceId, ReadOnlySpan<byte> body, int dataOffset)
    {
        uint captured = ReadUInt32(body[12..]);
        if (interfaceId >= _interfaces.Count || captured > body.Length - dataOffset)
        {
            NotUdp++;
            return false;
        }

        Interface from = _interfaces[(int)interfaceId];
        TimeUs = from.ToUs(((ulong)ReadUInt32(body[4..]) << 32) | ReadUInt32(body[8..]));
        return TrySetDatagram(from.LinkType, dataOffset, (int)captured);
    }

    private Interface ReadInterface(ReadOnlySpan<byte> body)
    {
        int linkType = ReadUInt16(body);
        byte resolution = 6;
        long offsetSeconds = 0;
        ReadOnlySpan<byte> options = body[8..];
        while (options.Length >= 4)
        {
            ushort code = ReadUInt16(options);
            int length = ReadUInt16(options[2..]);
            int padded = (length + 3) & ~3;
            if (code == 0 || 4 + padded > options.Length)
            {
                break;
            }

            ReadOnlySpan<byte> value = options.Slice(4, length);
            if (code == TimestampResolutionOption && length >= 1)
            {
                resolution = value[0];
            }
            else if (code == TimestampOffsetOption && length >= 8)
            {
                offsetSeconds = _isBigEndian ? BinaryPrimitives.ReadInt64BigEndian(value) : BinaryPrimitives.ReadInt64LittleEndian(value);
            }

            options = options[(4 + padded)..];
        }

        return new Interface(linkType, resolution, offsetSeconds);
    }

    private uint ReadUInt32(ReadOnlySpan<byte> bytes) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private ushort ReadUInt16(ReadOnlySpan<byte> bytes) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    // if_tsresol: 10^-n seconds, or 2^-n with the high bit set.
    private readonly record struct Interface(int LinkType, byte Resolution, long OffsetSeconds)
    {
        public long ToUs(ulong ticks)
        {
            double us = (Resolution & 0x80) != 0
                ? Math.ScaleB(1e6 * (ticks & 0xFFFF_FFFF), -(Resolution & 0x7F)) + (Math.ScaleB(1e6 * (ticks >> 32), 32 - (Resolution & 0x7F)))
                : 0;
            long whole = (Resolution & 0x80) != 0 ? (long)us : Decimal(ticks);
            return unchecked(whole + (OffsetSeconds * 1_000_000));
        }

        private long Decimal(ulong ticks)
        {
            UInt128 value = ticks;
            for (int i = Resolution; i < 6; i++)
            {
                value *= 10;
            }

            for (int i = Resolution; i > 6 && value > 0; i--)
            {
                value /= 10;
            }

            return unchecked((long)(ulong)value);
        }
    }
}

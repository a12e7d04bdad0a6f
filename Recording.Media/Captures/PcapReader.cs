using System.Buffers.Binary;

namespace Recording.Media.Captures;

/// <summary>Classic pcap (draft-ietf-opsawg-pcap): both byte orders, µs and ns.</summary>
internal sealed class PcapReader(byte[] start, Stream stream) : CaptureReader(start, stream)
{
    private const uint Microseconds = 0xA1B2C3D4;
    private const uint Nanoseconds = 0xA1B23C4D;
    private const int FileHeaderLength = 24;
    private const int RecordHeaderLength = 16;

    private bool _isOpen;
    private bool _isBigEndian;
    private bool _isNanoseconds;
    private int _linkType;

    public override string Format => "pcap";

    public static bool IsMagic(uint magic) =>
        magic is Microseconds or Nanoseconds || BinaryPrimitives.ReverseEndianness(magic) is Microseconds or Nanoseconds;

    public override bool Read()
    {
        if (!_isOpen && !ReadFileHeader())
        {
            return false;
        }

        while (Defect is null && TryTake(RecordHeaderLength, out ReadOnlySpan<byte> header, mayEnd: true))
        {
            long seconds = ReadUInt32(header);
            long fraction = ReadUInt32(header[4..]);
            uint length = ReadUInt32(header[8..]);
            if (length > MaxRecordLength)
            {
                Defect = $"A record says it holds {length} bytes, more than {MaxRecordLength}.";
                return false;
            }

            if (!TryTake((int)length, out _))
            {
                return false;
            }

            TimeUs = (seconds * 1_000_000) + (_isNanoseconds ? fraction / 1000 : fraction);
            if (TrySetDatagram(_linkType, 0, (int)length))
            {
                return true;
            }
        }

        return false;
    }

    private bool ReadFileHeader()
    {
        if (Defect is not null || !TryTake(FileHeaderLength, out ReadOnlySpan<byte> header))
        {
            return false;
        }

        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(header);
        _isBigEndian = magic is not (Microseconds or Nanoseconds);
        _isNanoseconds = ReadUInt32(header) == Nanoseconds;
        _linkType = (int)(ReadUInt32(header[20..]) & 0xFFFF);
        if (!UdpDatagram.Knows(_linkType))
        {
            Defect = $"The capture's link type is {_linkType}: Ethernet, Linux cooked, loopback and raw IP can be read.";
            return false;
        }

        _isOpen = true;
        return true;
    }

    private uint ReadUInt32(ReadOnlySpan<byte> bytes) =>
        _isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}

using System.Buffers.Binary;

namespace Recording.Media.Captures;

/// <summary>rtpdump as rtptools writes it: a text line, a 16-byte header, then records of length, packet length and milliseconds, big endian.</summary>
internal sealed class RtpdumpReader(byte[] start, Stream stream) : CaptureReader(start, stream)
{
    private const int MaxTextLength = 256;
    private const int FileHeaderLength = 16;
    private const int RecordHeaderLength = 8;

    private bool _isOpen;
    private long _startUs;
    private UInt128 _address;
    private ushort _port;

    public static ReadOnlySpan<byte> Magic => "#!rtpplay1.0 "u8;

    public override string Format => "rtpdump";

    public override bool Read()
    {
        if (!_isOpen && !ReadFileHeader())
        {
            return false;
        }

        while (Defect is null && TryTake(RecordHeaderLength, out ReadOnlySpan<byte> header, mayEnd: true))
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(header) - RecordHeaderLength;
            int packetLength = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
            uint offsetMs = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
            if (length < 0)
            {
                Defect = "A record is shorter than its own header.";
                return false;
            }

            if (!TryTake(length, out _))
            {
                return false;
            }

            // A packet longer than its record: rtpdump -F header and the like keep the front of each.
            if (packetLength > length)
            {
                Cut++;
                continue;
            }

            TimeUs = _startUs + (offsetMs * 1000L);
            SourceAddress = _address;
            SourcePort = 0;
            DestinationPort = _port;
            Payload = Taken(0, length);
            return true;
        }

        return false;
    }

    private bool ReadFileHeader()
    {
        if (Defect is not null || !ReadText() || !TryTake(FileHeaderLength, out ReadOnlySpan<byte> header))
        {
            return false;
        }

        _startUs = (BinaryPrimitives.ReadUInt32BigEndian(header) * 1_000_000L) + BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        uint address = BinaryPrimitives.ReadUInt32BigEndian(header[8..]);
        _address = address == 0 ? 0 : new UInt128(0, 0xFFFF_0000_0000UL | address);
        _port = BinaryPrimitives.ReadUInt16BigEndian(header[12..]);
        _isOpen = true;
        return true;
    }

    private bool ReadText()
    {
        for (int i = 0; i < MaxTextLength; i++)
        {
            if (!TryTake(1, out ReadOnlySpan<byte> one))
            {
                return false;
            }

            if (i < Magic.Length && one[0] != Magic[i])
            {
                break;
            }

            if (one[0] == (byte)'\n')
            {
                return true;
            }
        }

        Defect = "The first line is not that of an rtpdump file.";
        return false;
    }
}

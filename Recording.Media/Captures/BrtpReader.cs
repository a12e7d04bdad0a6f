using System.Buffers.Binary;
using System.Text;

namespace Recording.Media.Captures;

/// <summary>
/// BRTP: a 32-byte header (magic, version, payload type, reserved u16, SSRC, codec[8], start in ms since 1970, pad[4]), then records of i64 ms since
/// 1970, u16 length and RTP; big endian. A header between records begins the next segment.
/// </summary>
internal sealed class BrtpReader(byte[] start, Stream stream) : CaptureReader(start, stream)
{
    private const int HeaderLength = 32;
    private const int RecordHeaderLength = 10;
    private const int CodecOffset = 12;
    private const int CodecLength = 8;
    private const byte Version = 1;

    private bool _isOpen;

    public static ReadOnlySpan<byte> Magic => "BRTP"u8;

    public override string Format => "brtp";

    public override bool Read()
    {
        if (!_isOpen && !ReadFileHeader())
        {
            return false;
        }

        while (Defect is null && TryTake(RecordHeaderLength, out ReadOnlySpan<byte> header, mayEnd: true))
        {
            // No time of a record begins so: that would be 151 million years from now.
            if (header.StartsWith(Magic))
            {
                byte[] segment = new byte[HeaderLength];
                header.CopyTo(segment);
                if (!TryTake(HeaderLength - RecordHeaderLength, out ReadOnlySpan<byte> rest))
                {
                    return false;
                }

                rest.CopyTo(segment.AsSpan(RecordHeaderLength));
                if (!Describe(segment))
                {
                    return false;
                }

                continue;
            }

            long timeMs = BinaryPrimitives.ReadInt64BigEndian(header);
            int length = BinaryPrimitives.ReadUInt16BigEndian(header[8..]);
            if (timeMs is < 0 or > CaptureTime.MaxMs)
            {
                Defect = $"A record's time is {timeMs} ms since 1970: the file is damaged from here on, and has no marks to find the next record by.";
                return false;
            }

            if (!TryTake(length, out _))
            {
                return false;
            }

            TimeUs = timeMs * 1000;
            Payload = Taken(0, length);
            return true;
        }

        return false;
    }

    private bool ReadFileHeader()
    {
        if (Defect is not null || !TryTake(HeaderLength, out ReadOnlySpan<byte> header) || !Describe(header))
        {
            return false;
        }

        _isOpen = true;
        return true;
    }

    private bool Describe(ReadOnlySpan<byte> header)
    {
        if (header[4] != Version)
        {
            Defect = $"The BRTP version is {header[4]}: version {Version} can be read.";
            return false;
        }

        ReadOnlySpan<byte> name = header.Slice(CodecOffset, CodecLength);
        int end = name.IndexOf((byte)0);
        string codec = Encoding.ASCII.GetString(end < 0 ? name : name[..end]).Trim().ToLowerInvariant();
        codec = codec.StartsWith("video/", StringComparison.Ordinal) || codec.StartsWith("audio/", StringComparison.Ordinal) ? codec[6..] : codec;
        (uint clockRate, uint channels) = KnownCodecs.DefaultsOf(codec);
        Description = new StreamDescription
        {
            Kind = KnownCodecs.KindOf(codec, clockRate),
            Codec = codec,
            ClockRate = clockRate,
            Channels = channels,
            PayloadType = (byte)(header[5] & 0x7F),
        };
        return true;
    }
}

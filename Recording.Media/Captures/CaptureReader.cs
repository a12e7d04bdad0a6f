using System.Buffers.Binary;

namespace Recording.Media.Captures;

/// <summary>
/// Reads the UDP payloads of a network capture, one after the other, with memory for one record. Only <see cref="Open"/> can refuse a file; what is
/// wrong further on ends the reading and is told by <see cref="Defect"/>. Not thread-safe; does not own the stream.
/// </summary>
public abstract class CaptureReader
{
    /// <summary>A longer record is damage.</summary>
    protected const int MaxRecordLength = 1 << 20;

    private readonly byte[] _start;
    private readonly Stream _stream;
    private byte[] _buffer = new byte[4096];
    private int _startUsed;

    /// <param name="start">Bytes that were read to learn the format.</param>
    /// <param name="stream">What follows them.</param>
    private protected CaptureReader(byte[] start, Stream stream)
    {
        _start = start;
        _stream = stream;
    }

    /// <summary>Name of the format: pcap, pcapng or rtpdump.</summary>
    public abstract string Format { get; }

    /// <summary>When the packet was captured, µs since 1970.</summary>
    public long TimeUs { get; private protected set; }

    /// <summary>UDP port it came from; 0 when the format does not say.</summary>
    public ushort SourcePort { get; private protected set; }

    /// <summary>UDP port it went to; 0 when the format does not say.</summary>
    public ushort DestinationPort { get; private protected set; }

    /// <summary>UDP payload; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Payload { get; private protected set; }

    /// <summary>Records passed over because they hold no whole UDP datagram.</summary>
    public long Skipped { get; private protected set; }

    /// <summary>Why reading ended before the end of the file; null when it did not.</summary>
    public string? Defect { get; private protected set; }

    /// <summary>Tells the format by the first bytes.</summary>
    /// <exception cref="InvalidDataException">The stream is none of pcap, pcapng and rtpdump.</exception>
    public static CaptureReader Open(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] start = new byte[4];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length)
        {
            uint magic = BinaryPrimitives.ReadUInt32LittleEndian(start);
            if (PcapReader.IsMagic(magic))
            {
                return new PcapReader(start, stream);
            }

            if (magic == PcapngReader.SectionHeader)
            {
                return new PcapngReader(start, stream);
            }

            if (start.AsSpan().SequenceEqual(RtpdumpReader.Magic[..4]))
            {
                return new RtpdumpReader(start, stream);
            }
        }

        throw new InvalidDataException("The file is no pcap, pcapng or rtpdump capture: its first four bytes are none of theirs.");
    }

    /// <summary>Moves to the next UDP payload; false at the end of the file or at a defect.</summary>
    public abstract bool Read();

    /// <summary>Reads exactly so many bytes; false with <see cref="Defect"/> set when the file ends inside them, false without at a clean end.</summary>
    private protected bool TryTake(int count, out ReadOnlySpan<byte> bytes, bool mayEnd = false)
    {
        bytes = default;
        if (_buffer.Length < count)
        {
            _buffer = new byte[Math.Max(count, _buffer.Length * 2)];
        }

        int had = Math.Min(count, _start.Length - _startUsed);
        _start.AsSpan(_startUsed, had).CopyTo(_buffer);
        _startUsed += had;
        had += _stream.ReadAtLeast(_buffer.AsSpan(had, count - had), count - had, throwOnEndOfStream: false);
        if (had < count)
        {
            Defect = mayEnd && had == 0 ? null : $"The file ends inside a record: {had} of {count} bytes.";
            return false;
        }

        bytes = _buffer.AsSpan(0, count);
        return true;
    }

    /// <summary>The bytes taken last, as memory that stays until the next read.</summary>
    private protected ReadOnlyMemory<byte> Taken(int offset, int length) => _buffer.AsMemory(offset, length);

    /// <summary>Finds the UDP payload in a frame taken last; false (and counted) when there is none.</summary>
    private protected bool TrySetDatagram(int linkType, int offset, int length)
    {
        if (UdpDatagram.TryParse(linkType, _buffer.AsSpan(offset, length), out UdpDatagram datagram))
        {
            SourcePort = datagram.SourcePort;
            DestinationPort = datagram.DestinationPort;
            Payload = Taken(offset + datagram.PayloadOffset, datagram.PayloadLength);
            return true;
        }

        Skipped++;
        return false;
    }
}

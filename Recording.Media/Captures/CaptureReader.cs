using System.Buffers.Binary;
using Recording.Model;

namespace Recording.Media.Captures;

/// <summary>
/// Reads the UDP payloads of a network capture, or the packets of a recorder's file, one after the other, with memory for one record. Only
/// <see cref="Open"/> can refuse a file; what is wrong further on ends the reading and is told by <see cref="Defect"/>. Not thread-safe; does not own
/// the stream.
/// </summary>
public abstract class CaptureReader
{
    /// <summary>A longer record is damage.</summary>
    protected const int MaxRecordLength = 1 << 20;

    private readonly byte[] _start;
    private readonly Stream _stream;
    private readonly IpReassembly _fragments = new();
    private byte[] _buffer = new byte[4096];
    private int _startUsed;

    /// <param name="start">Bytes that were read to learn the format.</param>
    /// <param name="stream">What follows them.</param>
    private protected CaptureReader(byte[] start, Stream stream)
    {
        _start = start;
        _stream = stream;
    }

    /// <summary>Name of the format: pcap, pcapng, rtpdump, mjr or brtp.</summary>
    public abstract string Format { get; }

    /// <summary>When the packet was captured, µs since 1970.</summary>
    public long TimeUs { get; private protected set; }

    /// <summary>IP address it came from, IPv4 as an IPv4-mapped one (RFC 4291 2.5.5.2); 0 when the format does not say.</summary>
    public UInt128 SourceAddress { get; private protected set; }

    /// <summary>UDP port it came from; 0 when the format does not say.</summary>
    public ushort SourcePort { get; private protected set; }

    /// <summary>UDP port it went to; 0 when the format does not say.</summary>
    public ushort DestinationPort { get; private protected set; }

    /// <summary>UDP payload; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Payload { get; private protected set; }

    /// <summary>What the file says of its stream, where the format does; known at the latest with the first packet.</summary>
    public StreamDescription? Description { get; private protected set; }

    /// <summary>Records passed over because they hold no whole UDP datagram.</summary>
    public long Skipped => NotUdp + Cut + UnknownLinks + _fragments.Incomplete;

    /// <summary>Records that are something else than UDP over IP.</summary>
    public long NotUdp { get; private protected set; }

    /// <summary>Records of which only the front was captured (snap length).</summary>
    public long Cut { get; private protected set; }

    /// <summary>Fragmented datagrams that are not whole.</summary>
    public long IncompleteDatagrams => _fragments.Incomplete;

    /// <summary>Records of a link type that is not known.</summary>
    public long UnknownLinks { get; private set; }

    /// <summary>Damaged stretches that were passed over, in formats whose records begin with a magic.</summary>
    public long Resyncs { get; private protected set; }

    /// <summary>
    /// Bytes of each frame that the capture kept although it does not say so: a frame that is as long, or longer, counts as <see cref="Cut"/>. 0 = it says so itself. Of pcap and pcapng
    /// only.
    /// </summary>
    public int SnapLength { get; init; }

    /// <summary>Why reading ended before the end of the file; null when it did not.</summary>
    public string? Defect { get; private protected set; }

    /// <summary>Tells the format by the first bytes.</summary>
    /// <param name="stream">The capture, from its start.</param>
    /// <param name="snapLength">See <see cref="SnapLength"/>.</param>
    /// <exception cref="RecordingException">1003: the stream is none of pcap, pcapng, rtpdump, MJR and BRTP.</exception>
    public static CaptureReader Open(Stream stream, int snapLength = 0)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] start = new byte[4];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length)
        {
            uint magic = BinaryPrimitives.ReadUInt32LittleEndian(start);
            if (PcapReader.IsMagic(magic))
            {
                return new PcapReader(start, stream) { SnapLength = snapLength };
            }

            if (magic == PcapngReader.SectionHeader)
            {
                return new PcapngReader(start, stream) { SnapLength = snapLength };
            }

            if (start.AsSpan().SequenceEqual(RtpdumpReader.Magic[..4]))
            {
                return new RtpdumpReader(start, stream);
            }

            if (MjrReader.IsMagic(start))
            {
                return new MjrReader(start, stream);
            }

            if (start.AsSpan().SequenceEqual(BrtpReader.Magic))
            {
                return new BrtpReader(start, stream);
            }
        }

        throw new RecordingException(RecordingErrorCode.ProtocolViolation, Refusal(start));
    }

    /// <summary>Moves to the next UDP payload; false at the end of the file or at a defect.</summary>
    public abstract bool Read();

    /// <summary>Reads exactly so many bytes; false with <see cref="Defect"/> set when the file ends inside them, false without at a clean end.</summary>
    private protected bool TryTake(int count, out ReadOnlySpan<byte> bytes, bool mayEnd = false)
    {
        bytes = default;
        int had = Math.Min(count, _start.Length - _startUsed);
        EnsureBuffer(Math.Min(count, _buffer.Length));
        _start.AsSpan(_startUsed, had).CopyTo(_buffer);
        _startUsed += had;

        // The buffer grows with what comes, not with what a damaged length promises.
        while (had < count)
        {
            EnsureBuffer(Math.Min(count, Math.Max(_buffer.Length, had * 2)));
            int wanted = Math.Min(count, _buffer.Length) - had;
            int read = _stream.ReadAtLeast(_buffer.AsSpan(had, wanted), wanted, throwOnEndOfStream: false);
            had += read;
            if (read < wanted)
            {
                Defect = mayEnd && had == 0 ? null : $"The file ends inside a record: {had} of {count} bytes.";
                return false;
            }
        }

        bytes = _buffer.AsSpan(0, count);
        return true;
    }

    /// <summary>The bytes taken last, as memory that stays until the next read.</summary>
    private protected ReadOnlyMemory<byte> Taken(int offset, int length) => _buffer.AsMemory(offset, length);

    /// <summary>Finds the UDP payload in a frame taken last; false (and counted) when there is none.</summary>
    private protected bool TrySetDatagram(int linkType, int offset, int length)
    {
        if (SnapLength > 0 && length >= SnapLength)
        {
            Cut++;
            return false;
        }

        ReadOnlySpan<byte> frame = _buffer.AsSpan(offset, length);
        ReadOnlyMemory<byte> holder = Taken(offset, length);
        FrameContent content = UdpDatagram.Parse(linkType, frame, out UdpDatagram datagram, out IpFragment fragment);
        if (content == FrameContent.Fragment)
        {
            if (!_fragments.TryComplete(fragment, frame, out byte[] whole))
            {
                return false;
            }

            holder = whole;
            content = UdpDatagram.ParseUdp(whole, 0, fragment.Key.Source, out datagram);
        }

        switch (content)
        {
            case FrameContent.Datagram:
                SourceAddress = datagram.SourceAddress;
                SourcePort = datagram.SourcePort;
                DestinationPort = datagram.DestinationPort;
                Payload = holder.Slice(datagram.PayloadOffset, datagram.PayloadLength);
                return true;
            case FrameContent.Cut:
                Cut++;
                return false;
            case FrameContent.UnknownLink:
                UnknownLinks++;
                return false;
            default:
                NotUdp++;
                return false;
        }
    }

    private static string Refusal(ReadOnlySpan<byte> start) => start switch
    {
        [0x1F, 0x8B, ..] or [0x28, 0xB5, 0x2F, 0xFD] or [(byte)'B', (byte)'Z', (byte)'h', ..] or [0xFD, (byte)'7', (byte)'z', ..] =>
            "The capture is compressed: uncompress it first.",
        [(byte)'R', (byte)'T', (byte)'P', (byte)'T'] => "The file is a track file, not a capture: it needs no import.",
        _ => "The file is no pcap, pcapng, rtpdump, MJR or BRTP capture: its first four bytes are none of theirs.",
    };

    private void EnsureBuffer(int length)
    {
        if (_buffer.Length < length)
        {
            Array.Resize(ref _buffer, length);
        }
    }
}

using System.Buffers.Binary;
using System.Text;
using Recording.Media.Opus;

namespace Recording.Media.Ogg;

/// <summary>
/// Writes Opus in Ogg (RFC 3533, RFC 7845). Ogg has no times but a count of samples, so what is silent in between is written as silence: packets of a few
/// bytes that decode to zeros. A time is kept to 2.5 ms, the shortest Opus packet. Not thread-safe; does not own the stream.
/// </summary>
public sealed class OggOpusWriter
{
    private const int SampleRate = 48_000;
    private const int MaxSegments = 255;
    private const int SegmentLength = 255;
    private const int PageSamples = SampleRate;
    private const int MaxPagePayload = 32 * 1024;
    private const byte BeginsStream = 2;
    private const byte EndsStream = 4;

    // RFC 6716, table 2: CELT, full band, 20, 10, 5 and 2.5 ms; then a frame whose first bit says "silence".
    private static readonly (int Samples, byte Toc)[] _silences = [(960, 0xF8), (480, 0xF0), (240, 0xE8), (120, 0xE0)];

    private readonly Stream _output;
    private readonly uint _serial;
    private readonly bool _isStereo;
    private readonly byte[] _segments = new byte[MaxSegments];
    private readonly byte[] _header = new byte[27 + MaxSegments];
    private readonly byte[] _page = new byte[MaxPagePayload + (MaxSegments * SegmentLength)];
    private int _segmentCount;
    private int _pageLength;
    private long _pageStart;
    private uint _pageNumber;
    private long _samples;
    private bool _isComplete;

    /// <param name="output">Takes the file; need not be seekable.</param>
    /// <param name="head">OpusHead, 19 bytes (RFC 7845, 5.1).</param>
    /// <param name="title">Title of the track; may be empty.</param>
    /// <param name="serial">Number of the logical stream.</param>
    public OggOpusWriter(Stream output, ReadOnlySpan<byte> head, string title = "", uint serial = 1)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(title);
        _output = output;
        _serial = serial;
        _isStereo = head.Length > 9 && head[9] > 1;
        Append(head);
        FlushPage(BeginsStream, 0);
        Append(Tags(title));
        FlushPage(0, 0);
    }

    /// <summary>Samples of silence that were put in, at 48 kHz.</summary>
    public long SilentSamples { get; private set; }

    /// <summary>Time up to which sound is written, µs.</summary>
    public long EndUs => _samples * 1_000_000 / SampleRate;

    /// <summary>
    /// Adds a packet at its time, with silence before it where there is a gap. False when more than half of it lies before the end of the one before: it is left out.
    /// </summary>
    /// <param name="timeUs">µs, not negative.</param>
    /// <param name="data">The Opus packet, at most <see cref="OpusPacket.MaxLength"/> bytes, so that it fits a page.</param>
    /// <param name="samples">Its samples at 48 kHz.</param>
    public bool WritePacket(long timeUs, ReadOnlySpan<byte> data, int samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(timeUs);
        ObjectDisposedException.ThrowIf(_isComplete, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, OpusPacket.MaxLength, nameof(data));
        long at = timeUs * (SampleRate / 1000) / 1000;
        if (at < _samples - (samples / 2))
        {
            return false;
        }

        foreach ((int length, byte toc) in _silences)
        {
            while (at - _samples >= length)
            {
                WriteOne([(byte)(toc | (_isStereo ? 0x04 : 0)), 0xFF, 0xFE], length);
                SilentSamples += length;
            }
        }

        WriteOne(data, samples);
        return true;
    }

    /// <summary>Writes the last page. Further calls do nothing.</summary>
    /// <param name="discardSamples">Samples at the end that a player leaves out (RFC 7845, 4.4).</param>
    public void Complete(int discardSamples = 0)
    {
        if (!_isComplete)
        {
            _isComplete = true;
            FlushPage(EndsStream, _samples - discardSamples);
            _output.Flush();
        }
    }

    private static byte[] Tags(string title)
    {
        byte[] vendor = "Brollyhub Recording"u8.ToArray();
        byte[] comment = title.Length > 0 ? Encoding.UTF8.GetBytes("TITLE=" + title) : [];
        byte[] tags = new byte[8 + 4 + vendor.Length + 4 + (comment.Length > 0 ? 4 + comment.Length : 0)];
        "OpusTags"u8.CopyTo(tags);
        BinaryPrimitives.WriteInt32LittleEndian(tags.AsSpan(8), vendor.Length);
        vendor.CopyTo(tags, 12);
        int offset = 12 + vendor.Length;
        BinaryPrimitives.WriteInt32LittleEndian(tags.AsSpan(offset), comment.Length > 0 ? 1 : 0);
        if (comment.Length > 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(tags.AsSpan(offset + 4), comment.Length);
            comment.CopyTo(tags, offset + 8);
        }

        return tags;
    }

    private void WriteOne(ReadOnlySpan<byte> data, int samples)
    {
        int segments = (data.Length / SegmentLength) + 1;
        if (_segmentCount > 0 && (_segmentCount + segments > MaxSegments || _pageLength + data.Length > MaxPagePayload || _samples + samples - _pageStart > PageSamples))
        {
            FlushPage(0, _samples);
        }

        Append(data);
        _samples += samples;
    }

    private void Append(ReadOnlySpan<byte> data)
    {
        while (true)
        {
            int length = Math.Min(data.Length, SegmentLength);
            data[..length].CopyTo(_page.AsSpan(_pageLength));
            _pageLength += length;
            _segments[_segmentCount++] = (byte)length;
            data = data[length..];
            if (length < SegmentLength)
            {
                return;
            }
        }
    }

    //  0                   1                   2                   3
    //  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    // +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    // | "OggS"                                                        |
    // | version = 0   | header_type   | granule position (8 bytes)    |
    // | ...                           | serial number (4), page (4)   |
    // | ...                           | checksum (4), segments (1)    |
    private void FlushPage(byte type, long granule)
    {
        Span<byte> header = _header.AsSpan(0, 27 + _segmentCount);
        header.Clear();
        "OggS"u8.CopyTo(header);
        header[5] = type;
        BinaryPrimitives.WriteInt64LittleEndian(header[6..], granule);
        BinaryPrimitives.WriteUInt32LittleEndian(header[14..], _serial);
        BinaryPrimitives.WriteUInt32LittleEndian(header[18..], _pageNumber++);
        header[26] = (byte)_segmentCount;
        _segments.AsSpan(0, _segmentCount).CopyTo(header[27..]);
        uint crc = OggCrc.Append(OggCrc.Append(0, header), _page.AsSpan(0, _pageLength));
        BinaryPrimitives.WriteUInt32LittleEndian(header[22..], crc);
        _output.Write(header);
        _output.Write(_page.AsSpan(0, _pageLength));
        _segmentCount = 0;
        _pageLength = 0;
        _pageStart = _samples;
    }
}

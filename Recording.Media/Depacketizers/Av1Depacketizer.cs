using Recording.Media.Playback;

namespace Recording.Media.Depacketizers;

/// <summary>
/// AV1 (RTP Payload Format for AV1, 1.0). A temporal unit is what shares a timestamp; its OBUs get size fields, temporal delimiters and padding go.
/// After a loss nothing is taken up to the next key frame, unless the dependency descriptor's frame number shows that no frame is missing.
/// </summary>
public sealed class Av1Depacketizer : IDepacketizer
{
    // Aggregation header (4.4), the first byte of every payload:
    //  0 1 2 3 4 5 6 7
    // +-+-+-+-+-+-+-+-+
    // |Z|Y| W |N|-|-|-|   Z: the first element continues one; Y: the last one goes on; W: elements, 0 = each has its size; N: a coded video sequence begins
    // +-+-+-+-+-+-+-+-+
    private const int ContinuesMask = 0x80;
    private const int GoesOnMask = 0x40;
    private const int CountShift = 4;
    private const int CountMask = 0x03;
    private const int NewSequenceMask = 0x08;

    // OBU header (AV1 bitstream specification, 5.3.2):
    //  0 1 2 3 4 5 6 7
    // +-+-+-+-+-+-+-+-+
    // |F|  type |X|S|-|   X: another byte |temporal id (3)|spatial id (2)|-|-|-| follows; S: a size follows
    // +-+-+-+-+-+-+-+-+
    private const int ForbiddenMask = 0x80;
    private const int TypeShift = 3;
    private const int TypeMask = 0x0F;
    private const int ExtensionMask = 0x04;
    private const int SizeMask = 0x02;
    private const int SequenceHeader = 1;
    private const int TemporalDelimiter = 2;
    private const int FrameHeader = 3;
    private const int TileGroup = 4;
    private const int Frame = 6;
    private const int TileList = 8;
    private const int Padding = 15;

    private readonly PictureAssembly _picture = new();
    private readonly FrameBuffer _obu = new();
    private byte[] _configuration = [];
    private bool _inObu;
    private bool _hasFrame;
    private bool _hasSequence;
    private bool _isKeyframe;
    private int? _firstFrameNumber;
    private int? _lastFrameNumber;
    private Av1SequenceHeader _sequence;

    private bool _needsKeyframe = true;
    private bool _mayMissFrames;
    private bool _followsLoss;
    private int? _takenFrameNumber;

    /// <inheritdoc/>
    public string Codec => "av1";

    /// <summary>av1C; empty up to the first key frame.</summary>
    public ReadOnlySpan<byte> CodecPrivate => _configuration;

    /// <inheritdoc/>
    public long DroppedFrames { get; private set; }

    /// <inheritdoc/>
    public long MalformedPackets { get; private set; }

    /// <inheritdoc/>
    public void Add(in MediaPacket packet, IMediaFrameSink sink)
    {
        if (packet.StartsSource)
        {
            Flush(sink);
            _needsKeyframe = true;
            _takenFrameNumber = null;
        }

        if (_picture.IsOpen && packet.Timestamp != _picture.Timestamp)
        {
            _picture.IsBroken |= packet.LostBefore > 0;
            Finish(sink);
        }

        if (packet.LostBefore > 0)
        {
            _picture.IsBroken |= _picture.IsOpen;
            _mayMissFrames = true;
            _followsLoss = true;
        }

        if (!_picture.IsOpen)
        {
            Begin(packet);
        }

        _lastFrameNumber = packet.FrameNumber ?? _lastFrameNumber;
        if (!TryTake(packet.Payload))
        {
            MalformedPackets++;
            _picture.IsBroken = true;
        }

        if (packet.Marker)
        {
            Finish(sink);
        }
    }

    /// <inheritdoc/>
    public void Flush(IMediaFrameSink sink)
    {
        if (_picture.IsOpen)
        {
            // The last unit of a source without its marker: its end may be missing.
            _picture.IsBroken = true;
            Finish(sink);
        }
    }

    private void Begin(in MediaPacket packet)
    {
        _picture.Begin(packet);
        _inObu = false;
        _hasFrame = false;
        _hasSequence = false;
        _isKeyframe = false;
        _firstFrameNumber = packet.FrameNumber;
        _lastFrameNumber = packet.FrameNumber;
    }

    private bool TryTake(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2)
        {
            return false;
        }

        byte header = payload[0];
        int count = (header >> CountShift) & CountMask;
        ReadOnlySpan<byte> rest = payload[1..];
        bool continues = (header & ContinuesMask) != 0;
        if (continues != _inObu)
        {
            // The other part of an OBU is missing.
            _picture.IsBroken = true;
            _inObu = false;
        }

        for (int i = 1; !rest.IsEmpty; i++)
        {
            bool isLast = count != 0 && i == count;
            int size = rest.Length;
            if (!isLast)
            {
                if (!Leb128.TryRead(rest, out size, out int length) || size > rest.Length - length)
                {
                    return false;
                }

                rest = rest[length..];
            }

            isLast |= size == rest.Length;
            bool goesOn = isLast && (header & GoesOnMask) != 0;
            TakeElement(rest[..size], i == 1 && continues, goesOn, (header & NewSequenceMask) != 0);
            rest = rest[size..];
        }

        return true;
    }

    private void TakeElement(ReadOnlySpan<byte> element, bool continues, bool goesOn, bool isNewSequence)
    {
        if (!continues)
        {
            _obu.Clear();
        }
        else if (!_inObu)
        {
            return;
        }

        _picture.IsBroken |= !_obu.TryAppend(element);
        _inObu = goesOn;
        if (!goesOn)
        {
            TakeObu(_obu.Data, isNewSequence);
        }
    }

    private void TakeObu(ReadOnlySpan<byte> obu, bool isNewSequence)
    {
        if (obu.IsEmpty)
        {
            return;
        }

        int headerLength = (obu[0] & ExtensionMask) != 0 ? 2 : 1;
        int type = (obu[0] >> TypeShift) & TypeMask;
        if ((obu[0] & ForbiddenMask) != 0 || obu.Length < headerLength)
        {
            _picture.IsBroken = true;
            return;
        }

        ReadOnlySpan<byte> payload = obu[headerLength..];
        if ((obu[0] & SizeMask) != 0)
        {
            // A size is not asked for, and allowed.
            if (!Leb128.TryRead(payload, out int size, out int length) || size > payload.Length - length)
            {
                _picture.IsBroken = true;
                return;
            }

            payload = payload.Slice(length, size);
        }

        if (type is TemporalDelimiter or TileList or Padding)
        {
            return;
        }

        int start = _picture.Data.Length;
        Span<byte> header = stackalloc byte[7];
        header[0] = (byte)(obu[0] | SizeMask);
        header[1] = headerLength == 2 ? obu[1] : (byte)0;
        int written = headerLength + Leb128.Write(payload.Length, header[headerLength..]);
        _picture.Append(header[..written]);
        _picture.Append(payload);
        if (_picture.IsBroken)
        {
            return;
        }

        if (type == SequenceHeader && Av1SequenceHeader.TryParse(payload, out Av1SequenceHeader sequence))
        {
            _sequence = sequence;
            _hasSequence = true;
            if (_configuration.Length == 0)
            {
                _configuration = sequence.ToConfiguration(_picture.Data.Data[start..]);
            }
        }
        else if (type is Frame or FrameHeader or TileGroup)
        {
            if (!_hasFrame)
            {
                _isKeyframe = (isNewSequence || _hasSequence) && type != TileGroup && IsKeyframe(payload);
            }

            _hasFrame = true;
        }
    }

    // 5.9.2: show_existing_frame, frame_type (2 bits, 0 = key frame), show_frame. Reduced still pictures do not occur in RTP.
    private static bool IsKeyframe(ReadOnlySpan<byte> frame) => !frame.IsEmpty && (frame[0] & 0xF0) == 0x10;

    private void Finish(IMediaFrameSink sink)
    {
        _picture.IsOpen = false;
        if (_picture.IsBroken || _inObu || !_hasFrame)
        {
            Drop();
            _mayMissFrames = true;
            return;
        }

        if (_isKeyframe && _hasSequence)
        {
            _needsKeyframe = false;
        }
        else if (_needsKeyframe || (_mayMissFrames && !FollowsLast()))
        {
            _needsKeyframe = true;
            Drop();
            return;
        }

        _mayMissFrames = false;
        _takenFrameNumber = _lastFrameNumber;
        sink.Add(_picture.ToFrame(_picture.Data.Data, _isKeyframe && _hasSequence, _sequence.Width, _sequence.Height, _followsLoss));
        _followsLoss = false;
    }

    private bool FollowsLast() => _takenFrameNumber is int last && _firstFrameNumber is int first && (ushort)(last + 1) == first;

    private void Drop()
    {
        DroppedFrames++;
        _followsLoss = true;
    }
}

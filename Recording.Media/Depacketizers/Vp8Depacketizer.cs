using Recording.Media.Playback;

namespace Recording.Media.Depacketizers;

/// <summary>
/// VP8 (RFC 7741). A frame is what shares a timestamp, from S = 1 with PID = 0 to the marker. A broken frame is dropped with all that follow up to the
/// next key frame, unless PictureID shows that nothing is missing, or TL0PICIDX that only upper temporal layers are: these then return at a layer sync.
/// </summary>
public sealed class Vp8Depacketizer : IDepacketizer
{
    private const int AllLayers = int.MaxValue;

    private readonly FrameBuffer _frame = new();
    private bool _inFrame;
    private bool _isBroken;
    private bool _hasStart;
    private long _timestamp;
    private long _arrivalUs;
    private int _clockSegment;
    private uint _ssrc;
    private Vp8Descriptor _descriptor;

    private bool _needsKeyframe = true;
    private bool _mayMissFrames;
    private bool _followsLoss;
    private int _highestLayer = AllLayers;
    private int? _lastPictureId;
    private byte? _lastTl0;
    private int _width;
    private int _height;

    /// <inheritdoc/>
    public string Codec => "vp8";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> CodecPrivate => default;

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
            _lastPictureId = null;
            _lastTl0 = null;
        }

        if (_inFrame && packet.Timestamp != _timestamp)
        {
            // No marker was seen: whole if nothing is missing in between, else its end is.
            _isBroken |= packet.LostBefore > 0;
            Finish(sink);
        }

        if (packet.LostBefore > 0)
        {
            _isBroken |= _inFrame;
            _mayMissFrames = true;
            _followsLoss = true;
        }

        if (!Vp8Descriptor.TryParse(packet.Payload, out Vp8Descriptor descriptor))
        {
            MalformedPackets++;
            _mayMissFrames = true;
            _isBroken |= _inFrame;
            return;
        }

        if (_inFrame && descriptor.StartsFrame && _hasStart && descriptor.PictureId != _descriptor.PictureId)
        {
            Finish(sink);
        }

        if (!_inFrame)
        {
            Begin(packet, descriptor);
        }

        _isBroken |= !_isBroken && !_frame.TryAppend(packet.Payload[descriptor.Length..]);
        if (packet.Marker)
        {
            Finish(sink);
        }
    }

    /// <inheritdoc/>
    public void Flush(IMediaFrameSink sink)
    {
        if (_inFrame)
        {
            // The last frame of a source without its marker: its end may be missing.
            _isBroken = true;
            Finish(sink);
        }
    }

    private void Begin(in MediaPacket packet, in Vp8Descriptor descriptor)
    {
        _frame.Clear();
        _inFrame = true;
        _hasStart = descriptor.StartsFrame;
        _isBroken = !_hasStart;
        _descriptor = descriptor;
        _timestamp = packet.Timestamp;
        _arrivalUs = packet.ArrivalUs;
        _clockSegment = packet.ClockSegment;
        _ssrc = packet.Ssrc;
    }

    private void Finish(IMediaFrameSink sink)
    {
        _inFrame = false;
        if (_isBroken || !Vp8FrameHeader.TryParse(_frame.Data, out Vp8FrameHeader header) || !header.Fits(_frame.Length))
        {
            DropBroken();
            return;
        }

        if (header.IsKeyframe)
        {
            (_width, _height) = (header.Width, header.Height);
            _needsKeyframe = false;
            _highestLayer = AllLayers;
        }
        else if (!CanDecode())
        {
            DroppedFrames++;
            _followsLoss = true;
            return;
        }

        _mayMissFrames = false;
        Remember();
        sink.Add(new MediaFrame
        {
            Data = _frame.Data,
            Timestamp = _timestamp,
            ClockSegment = _clockSegment,
            Ssrc = _ssrc,
            ArrivalUs = _arrivalUs,
            IsKeyframe = header.IsKeyframe,
            IsVisible = header.IsVisible,
            Width = _width,
            Height = _height,
            FollowsLoss = _followsLoss,
        });
        _followsLoss = false;
    }

    private void DropBroken()
    {
        DroppedFrames++;
        _mayMissFrames = true;
        _followsLoss = true;
        if (_hasStart && _descriptor.IsNonReference)
        {
            // Nothing refers to it: the chain of pictures goes on behind it.
            Remember();
        }
    }

    private bool CanDecode()
    {
        if (_needsKeyframe)
        {
            return false;
        }

        if (_mayMissFrames && !FollowsLastPicture())
        {
            if (!IsBaseLayerWhole())
            {
                _needsKeyframe = true;
                return false;
            }

            _highestLayer = 0;
            _mayMissFrames = false;
        }

        int layer = _descriptor.TemporalId ?? 0;
        if (layer > _highestLayer)
        {
            if (!_descriptor.IsLayerSync)
            {
                Remember();
                return false;
            }

            _highestLayer = layer;
        }

        return true;
    }

    private bool FollowsLastPicture() =>
        _lastPictureId is int last && _descriptor.PictureId is int id && id == ((last + 1) & _descriptor.PictureIdMask);

    private bool IsBaseLayerWhole()
    {
        if (_lastTl0 is not byte last || _descriptor.Tl0PicIdx is not byte tl0 || _descriptor.TemporalId is not int layer)
        {
            return false;
        }

        return layer == 0 ? tl0 == (byte)(last + 1) : tl0 == last;
    }

    private void Remember()
    {
        _lastPictureId = _descriptor.PictureId;
        if (_descriptor.TemporalId is null or 0)
        {
            _lastTl0 = _descriptor.Tl0PicIdx;
        }
    }
}

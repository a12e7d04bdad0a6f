using System.Buffers.Binary;
using Recording.Media.Playback;

namespace Recording.Media.Depacketizers;

/// <summary>
/// H.264 (RFC 6184), packetization-mode 0 and 1. A picture is what shares a timestamp up to the marker; its NAL units get lengths before them, and parameter
/// sets stay where the stream has them. After a loss frame_num tells whether a picture that others need is missing: then nothing is taken up to the next IDR.
/// </summary>
public sealed class H264Depacketizer : IDepacketizer
{
    // RFC 6184, 5.3:
    // +---------------+
    // |0|1|2|3|4|5|6|7|
    // +-+-+-+-+-+-+-+-+
    // |F|NRI|  Type   |
    // +---------------+
    private const int TypeMask = 0x1F;
    private const int ReferenceMask = 0x60;
    private const int ForbiddenMask = 0x80;
    private const int Slice = 1;
    private const int PartitionA = 2;
    private const int Idr = 5;
    private const int Sps = 7;
    private const int Pps = 8;
    private const int Delimiter = 9;
    private const int Filler = 12;
    private const int LastSingle = 23;
    private const int StapA = 24;
    private const int FuA = 28;

    // RFC 6184, 5.8, behind the FU indicator (whose F and NRI are the NAL unit's):
    // +---------------+
    // |0|1|2|3|4|5|6|7|
    // +-+-+-+-+-+-+-+-+
    // |S|E|R|  Type   |
    // +---------------+
    private const int FragmentStart = 0x80;
    private const int FragmentEnd = 0x40;
    private const int FragmentHeaderLength = 2;
    private const int MaxParameterSet = ushort.MaxValue;

    private readonly PictureAssembly _picture = new();
    private readonly H264ParameterSets _sets;
    private byte[] _configuration = [];
    private int _configuredVersion = -1;
    private int _fragmentAt = -1;
    private bool _hasSlice;
    private bool _isIdr;
    private bool _isReference;
    private bool _hasOwnSets;
    private int _frameNum;
    private H264Sps _active;
    private bool _idrComesAlone;

    private bool _needsKeyframe = true;
    private bool _mayMissFrames;
    private bool _followsLoss;
    private int _lastFrameNum;
    private bool _lastWasReference;

    /// <param name="fmtp">The SDP parameters of the payload type; may be empty.</param>
    public H264Depacketizer(string fmtp = "") => _sets = new H264ParameterSets(fmtp);

    /// <inheritdoc/>
    public string Codec => "h264";

    /// <summary>avcC; empty up to the first key frame.</summary>
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
        }

        if (_picture.IsOpen && packet.Timestamp != _picture.Timestamp)
        {
            // No marker was seen: whole if nothing is missing in between, else its end is.
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
            _picture.Begin(packet);
            _fragmentAt = -1;
            _hasSlice = false;
            _isIdr = false;
            _isReference = false;
            _hasOwnSets = false;
        }

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
            // The last picture of a source without its marker: its end may be missing.
            _picture.IsBroken = true;
            Finish(sink);
        }
    }

    private bool TryTake(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty || (payload[0] & ForbiddenMask) != 0)
        {
            return false;
        }

        switch (payload[0] & TypeMask)
        {
            case > 0 and <= LastSingle:
                EndFragment();
                TakeNal(payload);
                return true;
            case StapA:
                EndFragment();
                return TryTakeAggregate(payload[1..]);
            case FuA:
                return TryTakeFragment(payload);
            default:
                // STAP-B, MTAP and FU-B are for the interleaved mode 2, which WebRTC does not offer.
                return false;
        }
    }

    // RFC 6184, 5.7.1: |STAP-A header| then, for each NAL unit, |16 bits of size|NAL unit|.
    private bool TryTakeAggregate(ReadOnlySpan<byte> units)
    {
        while (units.Length >= 2)
        {
            int size = BinaryPrimitives.ReadUInt16BigEndian(units);
            if (size == 0 || size > units.Length - 2)
            {
                return false;
            }

            TakeNal(units.Slice(2, size));
            units = units[(2 + size)..];
        }

        return units.IsEmpty;
    }

    private bool TryTakeFragment(ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= FragmentHeaderLength)
        {
            return false;
        }

        byte header = payload[1];
        if ((header & FragmentStart) != 0)
        {
            EndFragment();
            _fragmentAt = _picture.Data.Length;
            _picture.Append([0, 0, 0, 0, (byte)((payload[0] & ~TypeMask) | (header & TypeMask))]);
        }
        else if (_fragmentAt < 0)
        {
            // The start of this NAL unit is missing.
            _picture.IsBroken = true;
            return true;
        }

        _picture.Append(payload[FragmentHeaderLength..]);
        if ((header & FragmentEnd) != 0 && !_picture.IsBroken)
        {
            Span<byte> nal = _picture.Data.Written[_fragmentAt..];
            BinaryPrimitives.WriteInt32BigEndian(nal, nal.Length - NalUnits.LengthSize);
            _fragmentAt = -1;
            Inspect(nal[NalUnits.LengthSize..]);
        }

        return true;
    }

    private void EndFragment()
    {
        _picture.IsBroken |= _fragmentAt >= 0;
        _fragmentAt = -1;
    }

    private void TakeNal(ReadOnlySpan<byte> nal)
    {
        if ((nal[0] & TypeMask) is not (Delimiter or Filler))
        {
            NalUnits.Append(_picture, nal);
            Inspect(nal);
        }
    }

    private void Inspect(ReadOnlySpan<byte> nal)
    {
        switch (nal[0] & TypeMask)
        {
            case Sps or Pps when nal.Length <= MaxParameterSet:
                _sets.Take(nal);
                _hasOwnSets |= (nal[0] & TypeMask) == Sps;
                break;
            case Slice or PartitionA or Idr when !_hasSlice:
                InspectSlice(nal);
                break;
            default:
                break;
        }
    }

    // ITU-T H.264, 7.3.3: first_mb_in_slice, slice_type, pic_parameter_set_id, [colour_plane_id], frame_num.
    private void InspectSlice(ReadOnlySpan<byte> nal)
    {
        _hasSlice = true;
        _isIdr = (nal[0] & TypeMask) == Idr;
        _isReference = (nal[0] & ReferenceMask) != 0;
        BitReader bits = new(NalUnits.Unescape(nal[1..], stackalloc byte[24]));
        uint firstMacroblock = bits.Ue();
        bits.Ue();
        uint pps = bits.Ue();
        if (bits.Overran || pps > 255 || !_sets.TryGet((int)pps, out H264Sps sps))
        {
            // Without its parameter sets no decoder can take it.
            _picture.IsBroken = true;
            return;
        }

        bits.Skip(sps.HasSeparatePlanes ? 2 : 0);
        _frameNum = (int)bits.Bits(sps.FrameNumBits);
        _active = sps;

        // The slices before it are missing; only with arbitrary slice order, which nobody offers, could they come later.
        _picture.IsBroken |= bits.Overran || firstMacroblock != 0;
    }

    private void Finish(IMediaFrameSink sink)
    {
        _picture.IsOpen = false;
        EndFragment();
        if (!_hasSlice && !_picture.IsBroken)
        {
            // Parameter sets or SEI alone: kept for the picture behind, no picture themselves.
            return;
        }

        // Right behind a hole the parameter sets that always came along may be what is missing.
        bool missesSets = _isIdr && _picture.FollowsHole && !_hasOwnSets && !_idrComesAlone;
        if (_picture.IsBroken || !_hasSlice || missesSets)
        {
            Drop();
            _mayMissFrames = true;
            return;
        }

        if (_isIdr)
        {
            _needsKeyframe = false;
            _idrComesAlone |= !_hasOwnSets;
        }
        else if (_needsKeyframe || (_mayMissFrames && !FollowsLast()))
        {
            _needsKeyframe = true;
            Drop();
            return;
        }

        _mayMissFrames = false;
        _lastFrameNum = _frameNum;
        _lastWasReference = _isReference;
        ReadOnlySpan<byte> data = _isIdr ? Configure() : _picture.Data.Data;
        sink.Add(_picture.ToFrame(data, _isIdr, _active.Width, _active.Height, _followsLoss));
        _followsLoss = false;
    }

    // ITU-T H.264, 7.4.3: frame_num goes up by one behind every reference picture.
    private bool FollowsLast() => _frameNum == ((_lastFrameNum + (_lastWasReference ? 1 : 0)) & ((1 << _active.FrameNumBits) - 1));

    // The first key frame's sets go into the container's header; others that come by SDP or ahead of their picture are put before it.
    private ReadOnlySpan<byte> Configure()
    {
        if (_configuredVersion < 0)
        {
            _configuration = _sets.ToConfiguration(_active);
            _configuredVersion = _sets.Version;
        }

        if (_hasOwnSets || _configuredVersion == _sets.Version)
        {
            return _picture.Data.Data;
        }

        byte[] own = _picture.Data.Data.ToArray();
        _picture.Data.Clear();
        _sets.AppendTo(_picture);
        _picture.Append(own);
        return _picture.Data.Data;
    }

    private void Drop()
    {
        DroppedFrames++;
        _followsLoss = true;
    }
}

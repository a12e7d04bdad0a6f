using System.Buffers.Binary;
using System.Globalization;
using Recording.Media.Playback;

namespace Recording.Media.Depacketizers;

/// <summary>
/// H.265 (RFC 7798), without decoding order numbers (sprop-max-don-diff = 0, as WebRTC has it; with them every packet counts as malformed). A picture is what shares a timestamp up to the marker;
/// its NAL units get lengths before them. After a loss nothing is taken up to the next picture that decoding can start at.
/// </summary>
public sealed class H265Depacketizer : IDepacketizer
{
    // RFC 7798, 1.1.4:
    // +---------------+---------------+
    // |0|1|2|3|4|5|6|7|0|1|2|3|4|5|6|7|
    // +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
    // |F|   Type    |  LayerId  | TID |
    // +-------------+-----------------+
    private const int HeaderLength = 2;
    private const int ForbiddenMask = 0x80;
    private const int TypeShift = 1;
    private const int TypeMask = 0x3F;
    private const int LastSlice = 31;
    private const int FirstIrap = 16;
    private const int LastIrap = 21;
    private const int FirstSet = 32;
    private const int Sps = 33;
    private const int LastSet = 34;
    private const int Delimiter = 35;
    private const int EndOfSequence = 36;
    private const int EndOfBitstream = 37;
    private const int Filler = 38;
    private const int LastSingle = 47;
    private const int Aggregation = 48;
    private const int Fragmentation = 49;

    // RFC 7798, 4.4.3, behind the payload header (whose F, LayerId and TID are the NAL unit's):
    // +---------------+
    // |0|1|2|3|4|5|6|7|
    // +-+-+-+-+-+-+-+-+
    // |S|E|  FuType   |
    // +---------------+
    private const int FragmentStart = 0x80;
    private const int FragmentEnd = 0x40;
    private const int FragmentHeaderLength = 3;
    private const int MaxParameterSet = ushort.MaxValue;

    private readonly PictureAssembly _picture = new();
    private readonly H265ParameterSets _sets;
    private readonly bool _hasOrderNumbers;
    private byte[] _configuration = [];
    private int _configuredVersion = -1;
    private int _fragmentAt = -1;
    private bool _hasSlice;
    private bool _isKeyframe;
    private bool _hasOwnSets;

    private bool _needsKeyframe = true;
    private bool _mayMissFrames;
    private bool _followsLoss;

    /// <param name="fmtp">The SDP parameters of the payload type; may be empty.</param>
    public H265Depacketizer(string fmtp = "")
    {
        _sets = new H265ParameterSets(fmtp);

        // RFC 7798, 7.1: with it every payload holds decoding order numbers, which would be taken for picture data.
        _hasOrderNumbers = int.TryParse(NalUnits.Parameter(fmtp, "sprop-max-don-diff"), NumberStyles.None, CultureInfo.InvariantCulture, out int difference) && difference > 0;
    }

    /// <inheritdoc/>
    public string Codec => "h265";

    /// <summary>hvcC; empty up to the first key frame.</summary>
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
            _isKeyframe = false;
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

    // Only the ends of a sequence and of a bitstream are a header and no more (ITU-T H.265, 7.3.2.6 and 7.3.2.7).
    private static bool IsLongEnough(ReadOnlySpan<byte> nal) => nal.Length > HeaderLength || (nal.Length == HeaderLength && TypeOf(nal) is EndOfSequence or EndOfBitstream);

    private static int TypeOf(ReadOnlySpan<byte> nal) => (nal[0] >> TypeShift) & TypeMask;

    private bool TryTake(ReadOnlySpan<byte> payload)
    {
        if (_hasOrderNumbers || !IsLongEnough(payload) || (payload[0] & ForbiddenMask) != 0)
        {
            return false;
        }

        switch (TypeOf(payload))
        {
            case <= LastSingle:
                EndFragment();
                TakeNal(payload);
                return true;
            case Aggregation:
                EndFragment();
                return TryTakeAggregate(payload[HeaderLength..]);
            case Fragmentation:
                return TryTakeFragment(payload);
            default:
                // PACI packets (50) and what is not specified.
                return false;
        }
    }

    // RFC 7798, 4.4.2: |payload header| then, for each NAL unit, |16 bits of size|NAL unit|.
    private bool TryTakeAggregate(ReadOnlySpan<byte> units)
    {
        while (units.Length >= 2)
        {
            int size = BinaryPrimitives.ReadUInt16BigEndian(units);
            if (size > units.Length - 2 || !IsLongEnough(units.Slice(2, size)))
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

        byte header = payload[HeaderLength];
        if ((header & FragmentStart) != 0)
        {
            EndFragment();
            _fragmentAt = _picture.Data.Length;
            byte first = (byte)((payload[0] & ~(TypeMask << TypeShift)) | ((header & TypeMask) << TypeShift));
            _picture.Append([0, 0, 0, 0, first, payload[1]]);
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
        if (TypeOf(nal) is not (Delimiter or Filler))
        {
            NalUnits.Append(_picture, nal);
            Inspect(nal);
        }
    }

    private void Inspect(ReadOnlySpan<byte> nal)
    {
        int type = TypeOf(nal);
        if (type is >= FirstSet and <= LastSet && nal.Length <= MaxParameterSet)
        {
            _sets.Take(nal);
            _hasOwnSets |= type == Sps;
        }
        else if (type <= LastSlice && !_hasSlice)
        {
            _hasSlice = true;
            _isKeyframe = type is >= FirstIrap and <= LastIrap;

            // ITU-T H.265, 7.3.6.1: first_slice_segment_in_pic_flag.
            _picture.IsBroken |= nal.Length <= HeaderLength || (nal[HeaderLength] & 0x80) == 0;
        }
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

        if (_picture.IsBroken || !_hasSlice || !_sets.IsComplete)
        {
            Drop();
            _mayMissFrames = true;
            return;
        }

        if (_isKeyframe)
        {
            _needsKeyframe = false;
        }
        else if (_needsKeyframe || _mayMissFrames)
        {
            _needsKeyframe = true;
            Drop();
            return;
        }

        _mayMissFrames = false;
        ReadOnlySpan<byte> data = _isKeyframe ? Configure() : _picture.Data.Data;
        sink.Add(_picture.ToFrame(data, _isKeyframe, _sets.Width, _sets.Height, _followsLoss));
        _followsLoss = false;
    }

    // The first key frame's sets go into the container's header; others that come by SDP or ahead of their picture are put before it.
    private ReadOnlySpan<byte> Configure()
    {
        if (_configuredVersion < 0)
        {
            _configuration = _sets.ToConfiguration();
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

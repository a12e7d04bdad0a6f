using System.Buffers.Binary;

namespace Recording.Media.Depacketizers;

/// <summary>The parameter sets of an H.265 stream, from its fmtp line (RFC 7798, 7.1: sprop-vps, sprop-sps, sprop-pps) and from the stream itself.</summary>
internal sealed class H265ParameterSets
{
    private const int VpsType = 32;
    private const int SpsType = 33;
    private const int PpsType = 34;
    private const int HeaderLength = 2;

    private readonly Dictionary<int, byte[]> _vps = [];
    private readonly Dictionary<int, byte[]> _sps = [];
    private readonly Dictionary<int, byte[]> _pps = [];
    private readonly byte[] _profile = new byte[H265Sps.ProfileLength];
    private H265Sps? _newest;

    public H265ParameterSets(string fmtp)
    {
        foreach (string name in (string[])["sprop-vps", "sprop-sps", "sprop-pps"])
        {
            foreach (byte[] nal in NalUnits.FromBase64List(NalUnits.Parameter(fmtp, name)))
            {
                Take(nal);
            }
        }
    }

    /// <summary>Counts changes, so that a user can tell whether it has seen them all.</summary>
    public int Version { get; private set; }

    /// <summary>All three kinds are there.</summary>
    public bool IsComplete => _vps.Count > 0 && _newest is not null && _pps.Count > 0;

    /// <summary>Width in pixels by the newest SPS; 0 without one.</summary>
    public int Width => _newest?.Width ?? 0;

    /// <summary>Height in pixels by the newest SPS; 0 without one.</summary>
    public int Height => _newest?.Height ?? 0;

    /// <summary>Takes a VPS, SPS or PPS NAL unit; others, and such as do not parse, are left out.</summary>
    public void Take(ReadOnlySpan<byte> nal)
    {
        if (nal.Length <= HeaderLength)
        {
            return;
        }

        switch ((nal[0] >> 1) & 0x3F)
        {
            case VpsType:
                // vps_video_parameter_set_id stands in the first four bits.
                Version += NalUnits.Keep(_vps, nal[HeaderLength] >> 4, nal) ? 1 : 0;
                break;
            case SpsType:
                Span<byte> profile = stackalloc byte[H265Sps.ProfileLength];
                if (H265Sps.TryParse(nal, profile, out H265Sps sps))
                {
                    Version += NalUnits.Keep(_sps, sps.Id, nal) ? 1 : 0;
                    profile.CopyTo(_profile);
                    _newest = sps;
                }

                break;
            case PpsType:
                BitReader bits = new(NalUnits.Unescape(nal[HeaderLength..], stackalloc byte[16]));
                uint id = bits.Ue();
                if (!bits.Overran && id < 64)
                {
                    Version += NalUnits.Keep(_pps, (int)id, nal) ? 1 : 0;
                }

                break;
            default:
                break;
        }
    }

    /// <summary>Adds all sets to a picture, in the order that decoders ask for.</summary>
    public void AppendTo(PictureAssembly picture)
    {
        foreach (Dictionary<int, byte[]> sets in (Dictionary<int, byte[]>[])[_vps, _sps, _pps])
        {
            foreach (byte[] nal in sets.Values)
            {
                NalUnits.Append(picture, nal);
            }
        }
    }

    /// <summary>HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1); the stream's sets are in it and stay in the stream.</summary>
    public byte[] ToConfiguration()
    {
        H265Sps sps = _newest!.Value;
        using MemoryStream record = new();
        record.WriteByte(1);
        record.Write(_profile);

        // Reserved bits are ones: no spatial segmentation, parallelism unknown, chroma format, bit depths, frame rate unknown.
        record.Write([0xF0, 0, 0xFC, (byte)(0xFC | sps.ChromaFormat), (byte)(0xF8 | (sps.LumaDepth - 8)), (byte)(0xF8 | (sps.ChromaDepth - 8)), 0, 0]);
        record.WriteByte((byte)((sps.TemporalLayers << 3) | (sps.IsNested ? 4 : 0) | (NalUnits.LengthSize - 1)));
        record.WriteByte(3);
        Write(record, VpsType, _vps);
        Write(record, SpsType, _sps);
        Write(record, PpsType, _pps);
        return record.ToArray();
    }

    // Not "complete": more of the kind may stand in the stream.
    private static void Write(MemoryStream record, int type, Dictionary<int, byte[]> sets)
    {
        Span<byte> number = stackalloc byte[2];
        record.WriteByte((byte)type);
        BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)sets.Count);
        record.Write(number);
        foreach (byte[] nal in sets.Values)
        {
            BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)nal.Length);
            record.Write(number);
            record.Write(nal);
        }
    }
}

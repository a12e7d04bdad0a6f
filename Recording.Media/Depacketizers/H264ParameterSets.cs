using System.Buffers.Binary;

namespace Recording.Media.Depacketizers;

/// <summary>The parameter sets of an H.264 stream, from its fmtp line (RFC 6184, 8.1: sprop-parameter-sets) and from the stream itself.</summary>
internal sealed class H264ParameterSets
{
    private const int SpsType = 7;
    private const int PpsType = 8;
    private const int MaxPps = 255;

    private readonly Dictionary<int, byte[]> _sps = [];
    private readonly Dictionary<int, H264Sps> _parsed = [];
    private readonly Dictionary<int, byte[]> _pps = [];
    private readonly Dictionary<int, int> _spsOfPps = [];

    public H264ParameterSets(string fmtp)
    {
        foreach (byte[] nal in NalUnits.FromBase64List(NalUnits.Parameter(fmtp, "sprop-parameter-sets")))
        {
            Take(nal);
        }
    }

    /// <summary>Counts changes, so that a user can tell whether it has seen them all.</summary>
    public int Version { get; private set; }

    /// <summary>Takes an SPS or PPS NAL unit; others, and such as do not parse, are left out.</summary>
    public void Take(ReadOnlySpan<byte> nal)
    {
        if (nal.Length < 2)
        {
            return;
        }

        switch (nal[0] & 0x1F)
        {
            case SpsType when H264Sps.TryParse(nal, out H264Sps sps):
                Version += NalUnits.Keep(_sps, sps.Id, nal) ? 1 : 0;
                _parsed[sps.Id] = sps;
                break;
            case PpsType:
                BitReader bits = new(NalUnits.Unescape(nal[1..], stackalloc byte[16]));
                uint id = bits.Ue();
                uint spsId = bits.Ue();
                if (!bits.Overran && id <= MaxPps && spsId < 32)
                {
                    Version += NalUnits.Keep(_pps, (int)id, nal) ? 1 : 0;
                    _spsOfPps[(int)id] = (int)spsId;
                }

                break;
            default:
                break;
        }
    }

    /// <summary>The sequence parameters that hold for a slice that names a PPS.</summary>
    public bool TryGet(int pps, out H264Sps sps)
    {
        sps = default;
        return _spsOfPps.TryGetValue(pps, out int id) && _parsed.TryGetValue(id, out sps);
    }

    /// <summary>Adds all sets to a picture, in the order that decoders ask for.</summary>
    public void AppendTo(PictureAssembly picture)
    {
        foreach (byte[] sps in _sps.Values)
        {
            NalUnits.Append(picture, sps);
        }

        foreach (byte[] pps in _pps.Values)
        {
            NalUnits.Append(picture, pps);
        }
    }

    /// <summary>AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1); the stream's sets are in it and stay in the stream.</summary>
    public byte[] ToConfiguration(in H264Sps active)
    {
        byte[] first = _sps[active.Id];
        using MemoryStream record = new();

        // version 1, profile, compatibility, level; 6 reserved bits and lengths of 4 bytes; 3 reserved bits and the number of SPS.
        record.Write([1, first[1], first[2], first[3], 0xFC | (NalUnits.LengthSize - 1), (byte)(0xE0 | _sps.Count)]);
        Write(record, first);
        foreach ((int id, byte[] sps) in _sps)
        {
            if (id != active.Id)
            {
                Write(record, sps);
            }
        }

        int count = Math.Min(_pps.Count, byte.MaxValue);
        record.WriteByte((byte)count);
        foreach (byte[] pps in _pps.Values.Take(count))
        {
            Write(record, pps);
        }

        if (active.IsHigh)
        {
            record.Write([(byte)(0xFC | active.ChromaFormat), (byte)(0xF8 | (active.LumaDepth - 8)), (byte)(0xF8 | (active.ChromaDepth - 8)), 0]);
        }

        return record.ToArray();
    }

    private static void Write(MemoryStream record, byte[] nal)
    {
        Span<byte> length = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)nal.Length);
        record.Write(length);
        record.Write(nal);
    }
}

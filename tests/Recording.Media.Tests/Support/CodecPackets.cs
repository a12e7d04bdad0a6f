namespace Recording.Media.Tests.Support;

/// <summary>Splits coded frames into RTP payloads as browsers do.</summary>
public static class CodecPackets
{
    private const int MaxPayload = 900;

    /// <summary>Payloads of one frame; the last one gets the marker.</summary>
    /// <param name="codec">vp8, vp9, av1, h264 or h265.</param>
    /// <param name="frame">As the encoder gives it.</param>
    /// <param name="number">Picture number, for codecs whose packets have one.</param>
    public static List<byte[]> Split(string codec, byte[] frame, int number) => codec switch
    {
        "vp8" => Vp8(frame, number),
        "vp9" => Vp9(frame, number),
        "av1" => Av1(frame),
        "h264" => H264(frame),
        "h265" => H265(frame),
        _ => [frame],
    };

    private static List<byte[]> Vp8(byte[] frame, int number)
    {
        List<byte[]> payloads = [];
        foreach ((int at, int length) in Pieces(frame.Length))
        {
            payloads.Add([(byte)(at == 0 ? 0x90 : 0x80), 0x80, (byte)(0x80 | ((number >> 8) & 0x7F)), (byte)number, .. frame.AsSpan(at, length)]);
        }

        return payloads;
    }

    // Flexible mode, one layer: every picture refers to the one before.
    private static List<byte[]> Vp9(byte[] frame, int number)
    {
        List<byte[]> payloads = [];
        bool isKey = (frame[0] & 0x04) == 0;
        foreach ((int at, int length) in Pieces(frame.Length))
        {
            int first = 0x90 | (isKey ? 0 : 0x40) | (at == 0 ? 0x08 : 0) | (at + length == frame.Length ? 0x04 : 0);
            byte[] references = isKey ? [] : [1 << 1];
            payloads.Add([(byte)first, (byte)(0x80 | ((number >> 8) & 0x7F)), (byte)number, .. references, .. frame.AsSpan(at, length)]);
        }

        return payloads;
    }

    // Each OBU without its size field; one element a packet, or a part of one.
    private static List<byte[]> Av1(byte[] unit)
    {
        List<byte[]> payloads = [];
        bool isNewSequence = false;
        for (int at = 0; at < unit.Length;)
        {
            int type = (unit[at] >> 3) & 0x0F;
            int size = 0;
            int offset = at + 1;
            for (int shift = 0; ; shift += 7)
            {
                size |= (unit[offset] & 0x7F) << shift;
                if ((unit[offset++] & 0x80) == 0)
                {
                    break;
                }
            }

            isNewSequence |= type == 1;
            if (type != 2)
            {
                byte[] obu = [(byte)(unit[at] & ~0x02), .. unit.AsSpan(offset, size)];
                foreach ((int from, int length) in Pieces(obu.Length))
                {
                    int header = 0x10 | (from > 0 ? 0x80 : 0) | (from + length < obu.Length ? 0x40 : 0) | (isNewSequence && payloads.Count == 0 ? 0x08 : 0);
                    payloads.Add([(byte)header, .. obu.AsSpan(from, length)]);
                }
            }

            at = offset + size;
        }

        return payloads;
    }

    // SPS, PPS and SEI together in a STAP-A, slices alone or in FU-A.
    private static List<byte[]> H264(byte[] unit)
    {
        List<byte[]> payloads = [];
        List<byte> aggregate = [0x78];
        foreach (byte[] nal in GeneratedMedia.NalUnits(unit))
        {
            if ((nal[0] & 0x1F) is 6 or 7 or 8)
            {
                aggregate.AddRange([(byte)(nal.Length >> 8), (byte)nal.Length, .. nal]);
                continue;
            }

            if (aggregate.Count > 1)
            {
                payloads.Add([.. aggregate]);
                aggregate.Clear();
            }

            if (nal.Length <= MaxPayload)
            {
                payloads.Add(nal);
                continue;
            }

            foreach ((int at, int length) in Pieces(nal.Length - 1))
            {
                int header = (nal[0] & 0x1F) | (at == 0 ? 0x80 : 0) | (at + length == nal.Length - 1 ? 0x40 : 0);
                payloads.Add([(byte)((nal[0] & 0xE0) | 28), (byte)header, .. nal.AsSpan(1 + at, length)]);
            }
        }

        return payloads;
    }

    private static List<byte[]> H265(byte[] unit)
    {
        List<byte[]> payloads = [];
        List<byte> aggregate = [48 << 1, 1];
        foreach (byte[] nal in GeneratedMedia.NalUnits(unit))
        {
            int type = (nal[0] >> 1) & 0x3F;
            if (type is >= 32 and <= 34 or 39 && nal.Length < MaxPayload)
            {
                aggregate.AddRange([(byte)(nal.Length >> 8), (byte)nal.Length, .. nal]);
                continue;
            }

            if (aggregate.Count > 2)
            {
                payloads.Add([.. aggregate]);
                aggregate.Clear();
            }

            if (nal.Length <= MaxPayload)
            {
                payloads.Add(nal);
                continue;
            }

            foreach ((int at, int length) in Pieces(nal.Length - 2))
            {
                int header = type | (at == 0 ? 0x80 : 0) | (at + length == nal.Length - 2 ? 0x40 : 0);
                payloads.Add([(byte)((nal[0] & 0x81) | (49 << 1)), nal[1], (byte)header, .. nal.AsSpan(2 + at, length)]);
            }
        }

        return payloads;
    }

    private static IEnumerable<(int At, int Length)> Pieces(int total)
    {
        for (int at = 0; at < total; at += MaxPayload)
        {
            yield return (at, Math.Min(MaxPayload, total - at));
        }
    }
}

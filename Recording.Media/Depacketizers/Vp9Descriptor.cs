using System.Buffers.Binary;

namespace Recording.Media.Depacketizers;

/// <summary>The VP9 payload descriptor before every packet's share of a layer frame (RFC 9628, 4.2).</summary>
/// <param name="Length">Bytes of the descriptor.</param>
/// <param name="PictureId">7 or 15 bits, or null.</param>
/// <param name="PictureIdMask">0x7F or 0x7FFF; where the PictureID wraps.</param>
/// <param name="IsPredicted">P: refers to earlier pictures.</param>
/// <param name="IsFlexible">F: the packet itself lists the pictures it refers to.</param>
/// <param name="StartsLayer">B: first packet of a layer frame.</param>
/// <param name="EndsLayer">E: last packet of a layer frame.</param>
/// <param name="SpatialId">Spatial layer, 0 to 7; 0 when not said.</param>
/// <param name="TemporalId">Temporal layer, or null.</param>
/// <param name="IsSwitchingUp">U: pictures of higher temporal layers from here on refer to none of theirs from before.</param>
/// <param name="IsInterLayer">D: refers to the spatial layer below.</param>
/// <param name="Tl0PicIdx">Running index of temporal base layer pictures (non-flexible mode), or null.</param>
/// <param name="References">P_DIFFs of flexible mode, 7 bits each, the first lowest.</param>
/// <param name="ReferenceCount">How many there are, 0 to 3.</param>
/// <param name="LayerCount">Spatial layers that a scalability structure announces; 0 without one.</param>
public readonly record struct Vp9Descriptor(
    int Length,
    int? PictureId,
    int PictureIdMask,
    bool IsPredicted,
    bool IsFlexible,
    bool StartsLayer,
    bool EndsLayer,
    int SpatialId,
    int? TemporalId,
    bool IsSwitchingUp,
    bool IsInterLayer,
    byte? Tl0PicIdx,
    int References,
    int ReferenceCount,
    int LayerCount)
{
    //         0 1 2 3 4 5 6 7
    //        +-+-+-+-+-+-+-+-+
    //        |I|P|L|F|B|E|V|Z| (REQUIRED)
    //        +-+-+-+-+-+-+-+-+
    //   I:   |M| PICTURE ID  | (REQUIRED in flexible mode, else RECOMMENDED)
    //        +-+-+-+-+-+-+-+-+
    //   M:   | EXTENDED PID  | (RECOMMENDED)
    //        +-+-+-+-+-+-+-+-+
    //   L:   | TID |U| SID |D| (CONDITIONALLY RECOMMENDED)
    //        +-+-+-+-+-+-+-+-+
    //        |   TL0PICIDX   | (CONDITIONALLY REQUIRED: not in flexible mode)
    //        +-+-+-+-+-+-+-+-+                             -\
    //   P,F: | P_DIFF      |N| (CONDITIONALLY REQUIRED)      - up to 3 times, flexible mode
    //        +-+-+-+-+-+-+-+-+                             -/
    //   V:   | SS            |
    //        | ..            |
    //        +-+-+-+-+-+-+-+-+
    private const int PictureIdBit = 0x80;
    private const int PredictedBit = 0x40;
    private const int LayerBit = 0x20;
    private const int FlexibleBit = 0x10;
    private const int StartBit = 0x08;
    private const int EndBit = 0x04;
    private const int StructureBit = 0x02;
    private const int LongPictureIdMask = 0x80;
    private const int TemporalShift = 5;
    private const int SwitchingUpMask = 0x10;
    private const int SpatialShift = 1;
    private const int SpatialMask = 0x07;
    private const int InterLayerMask = 0x01;
    private const int DifferenceShift = 1;
    private const int MoreReferencesMask = 0x01;
    private const int MaxReferences = 3;
    private const int DifferenceBits = 7;

    //         0 1 2 3 4 5 6 7
    //        +-+-+-+-+-+-+-+-+
    //   V:   | N_S |Y|G|-|-|-|
    //        +-+-+-+-+-+-+-+-+              -\
    //   Y:   |     WIDTH     | (OPTIONAL)    .
    //        +               +               .
    //        |               | (OPTIONAL)    .
    //        +-+-+-+-+-+-+-+-+               . - N_S + 1 times
    //        |     HEIGHT    | (OPTIONAL)    .
    //        +               +               .
    //        |               | (OPTIONAL)    .
    //        +-+-+-+-+-+-+-+-+              -/
    //   G:   |      N_G      | (OPTIONAL)
    //        +-+-+-+-+-+-+-+-+                            -\
    //  N_G:  | TID |U| R |-|-| (OPTIONAL)                 .
    //        +-+-+-+-+-+-+-+-+              -\            . - N_G times
    //        |    P_DIFF     | (OPTIONAL)    . - R times  .
    //        +-+-+-+-+-+-+-+-+              -/           -/
    private const int LayerCountShift = 5;
    private const int SizesMask = 0x10;
    private const int GroupMask = 0x08;
    private const int SizeLength = 4;
    private const int GroupReferencesShift = 2;
    private const int GroupReferencesMask = 0x03;

    /// <summary>How many pictures before this one the reference lies; 1 to 127.</summary>
    public int Reference(int index) => (References >> (DifferenceBits * index)) & ((1 << DifferenceBits) - 1);

    /// <summary>Reads the descriptor; false when the payload ends inside it or holds nothing behind it, or when it lists more than three references.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out Vp9Descriptor descriptor)
    {
        descriptor = default;
        if (payload.IsEmpty)
        {
            return false;
        }

        byte first = payload[0];
        int offset = 1;
        bool flexible = (first & FlexibleBit) != 0;
        bool predicted = (first & PredictedBit) != 0;
        if (!TryReadPictureId(payload, first, ref offset, out int? pictureId, out int mask))
        {
            return false;
        }

        int layers = 0;
        byte? tl0 = null;
        if ((first & LayerBit) != 0)
        {
            if (offset + (flexible ? 0 : 1) >= payload.Length)
            {
                return false;
            }

            layers = payload[offset++];
            tl0 = flexible ? null : payload[offset++];
        }

        if (!TryReadReferences(payload, flexible && predicted, ref offset, out int references, out int count)
            || !TryReadStructure(payload, (first & StructureBit) != 0, ref offset, out int layerCount)
            || offset >= payload.Length)
        {
            return false;
        }

        bool hasLayer = (first & LayerBit) != 0;
        descriptor = new Vp9Descriptor(
            offset,
            pictureId,
            mask,
            predicted,
            flexible,
            (first & StartBit) != 0,
            (first & EndBit) != 0,
            (layers >> SpatialShift) & SpatialMask,
            hasLayer ? layers >> TemporalShift : null,
            (layers & SwitchingUpMask) != 0,
            (layers & InterLayerMask) != 0,
            tl0,
            references,
            count,
            layerCount);
        return true;
    }

    private static bool TryReadPictureId(ReadOnlySpan<byte> payload, byte first, ref int offset, out int? pictureId, out int mask)
    {
        pictureId = null;
        mask = 0;
        if ((first & PictureIdBit) == 0)
        {
            return true;
        }

        if (offset >= payload.Length)
        {
            return false;
        }

        if ((payload[offset] & LongPictureIdMask) == 0)
        {
            mask = 0x7F;
            pictureId = payload[offset++];
            return true;
        }

        if (offset + 1 >= payload.Length)
        {
            return false;
        }

        mask = 0x7FFF;
        pictureId = BinaryPrimitives.ReadUInt16BigEndian(payload[offset..]) & mask;
        offset += 2;
        return true;
    }

    private static bool TryReadReferences(ReadOnlySpan<byte> payload, bool present, ref int offset, out int references, out int count)
    {
        references = 0;
        count = 0;
        bool more = present;
        while (more)
        {
            if (offset >= payload.Length || count == MaxReferences)
            {
                return false;
            }

            more = (payload[offset] & MoreReferencesMask) != 0;
            references |= (payload[offset] >> DifferenceShift) << (DifferenceBits * count);
            count++;
            offset++;
        }

        return true;
    }

    private static bool TryReadStructure(ReadOnlySpan<byte> payload, bool present, ref int offset, out int layerCount)
    {
        layerCount = 0;
        if (!present)
        {
            return true;
        }

        if (offset >= payload.Length)
        {
            return false;
        }

        byte first = payload[offset++];
        layerCount = (first >> LayerCountShift) + 1;
        offset += (first & SizesMask) != 0 ? SizeLength * layerCount : 0;
        if ((first & GroupMask) == 0)
        {
            return true;
        }

        if (offset >= payload.Length)
        {
            return false;
        }

        int pictures = payload[offset++];
        for (int i = 0; i < pictures; i++)
        {
            if (offset >= payload.Length)
            {
                return false;
            }

            offset += 1 + ((payload[offset] >> GroupReferencesShift) & GroupReferencesMask);
        }

        return true;
    }
}

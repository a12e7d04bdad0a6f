using System.Buffers.Binary;

namespace Recording.Media.Depacketizers;

/// <summary>The VP8 payload descriptor before every packet's share of a frame (RFC 7741, 4.2).</summary>
/// <param name="Length">Bytes of the descriptor.</param>
/// <param name="IsNonReference">No other frame needs this one.</param>
/// <param name="StartsPartition">The payload begins a partition.</param>
/// <param name="PartitionIndex">0 to 7.</param>
/// <param name="PictureId">7 or 15 bits, or null.</param>
/// <param name="PictureIdMask">0x7F or 0x7FFF; where the PictureID wraps.</param>
/// <param name="Tl0PicIdx">Running index of temporal base layer frames, or null.</param>
/// <param name="TemporalId">Temporal layer, or null.</param>
/// <param name="IsLayerSync">The frame needs only base layer frames.</param>
/// <param name="KeyIndex">Temporal key frame index, or null.</param>
public readonly record struct Vp8Descriptor(
    int Length,
    bool IsNonReference,
    bool StartsPartition,
    int PartitionIndex,
    int? PictureId,
    int PictureIdMask,
    byte? Tl0PicIdx,
    int? TemporalId,
    bool IsLayerSync,
    int? KeyIndex)
{
    //      0 1 2 3 4 5 6 7
    //     +-+-+-+-+-+-+-+-+
    //     |X|R|N|S|R| PID | (REQUIRED)
    //     +-+-+-+-+-+-+-+-+
    // X:  |I|L|T|K| RSV   | (OPTIONAL)
    //     +-+-+-+-+-+-+-+-+
    // I:  |M| PictureID   | (OPTIONAL)
    //     +-+-+-+-+-+-+-+-+
    // M:  |   PictureID   |
    //     +-+-+-+-+-+-+-+-+
    // L:  |   TL0PICIDX   | (OPTIONAL)
    //     +-+-+-+-+-+-+-+-+
    // T/K:|TID|Y| KEYIDX  | (OPTIONAL)
    //     +-+-+-+-+-+-+-+-+
    private const int ExtendedMask = 0x80;
    private const int NonReferenceMask = 0x20;
    private const int StartMask = 0x10;
    private const int PartitionMask = 0x07;
    private const int PictureIdBit = 0x80;
    private const int Tl0PicIdxBit = 0x40;
    private const int TemporalBit = 0x20;
    private const int KeyIndexBit = 0x10;
    private const int LongPictureIdMask = 0x80;
    private const int TemporalShift = 6;
    private const int LayerSyncMask = 0x20;
    private const int KeyIndexMask = 0x1F;

    /// <summary>The packet holds the first bytes of a frame.</summary>
    public bool StartsFrame => StartsPartition && PartitionIndex == 0;

    /// <summary>Reads the descriptor; false when the payload ends inside it or holds nothing behind it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out Vp8Descriptor descriptor)
    {
        descriptor = default;
        if (payload.IsEmpty)
        {
            return false;
        }

        byte first = payload[0];
        int offset = 1;
        byte extension = 0;
        if ((first & ExtendedMask) != 0)
        {
            if (offset >= payload.Length)
            {
                return false;
            }

            extension = payload[offset++];
        }

        int? pictureId = null;
        int mask = 0;
        if ((extension & PictureIdBit) != 0)
        {
            if (offset >= payload.Length)
            {
                return false;
            }

            if ((payload[offset] & LongPictureIdMask) == 0)
            {
                mask = 0x7F;
                pictureId = payload[offset++];
            }
            else
            {
                if (offset + 1 >= payload.Length)
                {
                    return false;
                }

                mask = 0x7FFF;
                pictureId = BinaryPrimitives.ReadUInt16BigEndian(payload[offset..]) & mask;
                offset += 2;
            }
        }

        byte? tl0 = null;
        if ((extension & Tl0PicIdxBit) != 0)
        {
            if (offset >= payload.Length)
            {
                return false;
            }

            tl0 = payload[offset++];
        }

        int? temporal = null;
        int? key = null;
        bool sync = false;
        if ((extension & (TemporalBit | KeyIndexBit)) != 0)
        {
            if (offset >= payload.Length)
            {
                return false;
            }

            byte b = payload[offset++];
            if ((extension & TemporalBit) != 0)
            {
                temporal = b >> TemporalShift;
                sync = (b & LayerSyncMask) != 0;
            }

            key = (extension & KeyIndexBit) != 0 ? b & KeyIndexMask : null;
        }

        if (offset >= payload.Length)
        {
            return false;
        }

        descriptor = new Vp8Descriptor(
            offset, (first & NonReferenceMask) != 0, (first & StartMask) != 0, first & PartitionMask, pictureId, mask, tl0, temporal, sync, key);
        return true;
    }
}

using System.Buffers;
using Google.Protobuf;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;

namespace Recording.Media.TrackFiles;

/// <summary>Cuts off the front of blocks whose first indexes are held already.</summary>
public static class BlockTrimmer
{
    /// <summary>As the overload with epoch and first index, which are taken from the first data block or skipped marker.</summary>
    /// <param name="blocks">Whole, contiguous blocks (see <see cref="BlockSequence"/>).</param>
    /// <param name="fromIndex">First index to keep.</param>
    /// <exception cref="RecordingException">4005: the blocks do not parse or do not follow each other.</exception>
    public static byte[] TrimFront(ReadOnlySpan<byte> blocks, ulong fromIndex)
    {
        int offset = 0;
        while (offset < blocks.Length)
        {
            if (!Block.TryRead(blocks[offset..], out BlockHeader header, out ReadOnlySpan<byte> payload))
            {
                throw Damaged("a block is cut short or a checksum is wrong");
            }

            if (header.Kind == BlockKind.Data || (header.Kind == BlockKind.Marker && BlockSequence.IsSkipped(payload)))
            {
                return TrimFront(blocks, header.Epoch, BlockSequence.FirstIndexOf(header, payload), fromIndex);
            }

            offset += header.BlockLength;
        }

        return blocks.ToArray();
    }

    /// <summary>
    /// The blocks from <paramref name="fromIndex"/> on. Blocks that lie before it wholly are dropped, markers and formats among them too;
    /// a data block or skipped marker across it is written anew from there.
    /// </summary>
    /// <param name="blocks">Whole, contiguous blocks (see <see cref="BlockSequence"/>).</param>
    /// <param name="epoch">Their epoch.</param>
    /// <param name="firstIndex">Their first index.</param>
    /// <param name="fromIndex">First index to keep.</param>
    /// <exception cref="RecordingException">4005: the blocks do not parse or do not follow each other.</exception>
    public static byte[] TrimFront(ReadOnlySpan<byte> blocks, ulong epoch, ulong firstIndex, ulong fromIndex)
    {
        var sequence = new BlockSequence(blocks, epoch, firstIndex);
        while (sequence.Read())
        {
            if (sequence.FirstIndex >= fromIndex)
            {
                return blocks[sequence.BlockOffset..].ToArray();
            }

            if (sequence.NextIndex > fromIndex)
            {
                int end = sequence.BlockOffset + sequence.Header.BlockLength;
                var output = new ArrayBufferWriter<byte>(blocks.Length - sequence.BlockOffset + (4 * Varint.MaxLength));
                TrimBlock(output, sequence.Header, sequence.Payload, fromIndex);
                output.Write(blocks[end..]);
                return output.WrittenSpan.ToArray();
            }
        }

        return sequence.Fault is null ? [] : throw Damaged(sequence.Fault);
    }

    /// <summary>Writes the part of one data block or skipped marker from <paramref name="fromIndex"/> on, which must lie inside it.</summary>
    /// <param name="output">Where the new block goes.</param>
    /// <param name="header">Header of a block whose payload is sound.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="fromIndex">First index to keep.</param>
    public static void TrimBlock(IBufferWriter<byte> output, BlockHeader header, ReadOnlySpan<byte> payload, ulong fromIndex)
    {
        if (header.Kind == BlockKind.Marker)
        {
            Marker marker = Marker.Parser.ParseFrom(payload);
            marker.Skipped.FirstIndex = fromIndex;
            Block.Write(output, header with { FirstIndex = fromIndex }, marker.ToByteArray());
            return;
        }

        int dropped = (int)(fromIndex - header.FirstIndex);
        var entries = new DataPayloadReader(payload, header.BaseTimeUs);
        for (int i = 0; i <= dropped; i++)
        {
            entries.Read();
        }

        // The first kept entry becomes the base, so its delta is 0 (one byte) and all later deltas stay as they are.
        int offset = entries.EntryOffset;
        Varint.TryRead(payload, ref offset, out _);
        byte[] kept = ArrayPool<byte>.Shared.Rent(1 + payload.Length - offset);
        kept[0] = 0;
        payload[offset..].CopyTo(kept.AsSpan(1));
        Block.Write(
            output,
            header with { FirstIndex = fromIndex, PacketCount = header.PacketCount - dropped, BaseTimeUs = entries.TimeUs },
            kept.AsSpan(0, 1 + payload.Length - offset));
        ArrayPool<byte>.Shared.Return(kept);
    }

    private static RecordingException Damaged(string fault) =>
        new(RecordingErrorCode.IntegrityCheckFailed, $"Blocks cannot be trimmed: {fault}.");
}

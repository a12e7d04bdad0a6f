using System.Buffers;
using Google.Protobuf;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>Gathers what the next Append of one track will carry. Not thread-safe; its buffers are reused, what <see cref="Build"/> answers is not.</summary>
internal sealed class BatchBuilder(ulong epoch)
{
    /// <summary>What one batch holds at most, framing included, unless a single packet is longer.</summary>
    public const int MaxLength = 112 << 10;

    /// <summary>Batches of this size come fast and live for seconds, until they are stored: pinned, the collector does not move each of them twice.</summary>
    private const int MinPinned = 32 << 10;

    private const int Framing = BlockHeader.Size + BlockHeader.TrailerSize;

    private readonly DataPayloadWriter _writer = new();
    private readonly ArrayBufferWriter<byte> _blocks = new();
    private ulong _writerFirst;
    private long _writerReceivedUs;
    private BlockFlags _writerFlags;

    /// <summary>Index of the first packet; of the next one to come where there are only markers.</summary>
    public ulong FirstIndex { get; private set; }

    /// <summary>Indexes gathered.</summary>
    public int Count { get; private set; }

    /// <summary>Gateway time of the first packet, µs since 1970.</summary>
    public long ReceivedUs { get; private set; }

    /// <summary>The batch begins behind a hole that nobody can fill.</summary>
    public bool AfterHole { get; set; }

    /// <summary>Bytes gathered, framing included.</summary>
    public int Length => _blocks.WrittenCount + (_writer.Count == 0 ? 0 : Framing + _writer.Length);

    /// <summary>Adds one entry; false = the batch is full.</summary>
    /// <param name="index">Its index, which follows the last one.</param>
    /// <param name="timeUs">SFU time, µs since 1970.</param>
    /// <param name="packet">RTP; empty = the index is kept, the packet is not.</param>
    /// <param name="flags">Flags of the block it goes into.</param>
    /// <param name="receivedUs">Gateway time, µs since 1970.</param>
    public bool TryAdd(ulong index, long timeUs, ReadOnlySpan<byte> packet, BlockFlags flags, long receivedUs)
    {
        if (Length > 0 && Length + packet.Length + Framing + (2 * Varint.MaxLength) > MaxLength)
        {
            return false;
        }

        if (_writer.Count > 0 && _writerFlags != flags)
        {
            CloseWriter();
        }

        if (!TryWrite(index, timeUs, packet, flags, receivedUs))
        {
            // A block is full before the batch is: the next one begins.
            CloseWriter();
            if (!TryWrite(index, timeUs, packet, flags, receivedUs))
            {
                return false;
            }
        }

        CountIndexes(index, 1, receivedUs);
        return true;
    }

    /// <summary>Adds a data payload as it is; false = the batch is full.</summary>
    public bool TryAddPayload(ulong index, int count, long baseTimeUs, ReadOnlySpan<byte> payload, long receivedUs)
    {
        if (Length > 0 && Length + payload.Length + Framing > MaxLength)
        {
            return false;
        }

        CloseWriter();
        Block.Write(_blocks, new BlockHeader(BlockKind.Data, BlockFlags.None, 0, count, epoch, index, baseTimeUs, receivedUs), payload);
        CountIndexes(index, count, receivedUs);
        return true;
    }

    /// <summary>Adds a run of indexes whose packets are not kept; false = the batch is full.</summary>
    public bool TrySkip(ulong index, int count, string reason, long timeUs, long receivedUs)
    {
        if (Length > 0 && Length + 256 > MaxLength)
        {
            return false;
        }

        var marker = new Marker
        {
            TimeUs = timeUs,
            Skipped = new Marker.Types.Skipped { FirstIndex = index, LastIndex = index + (ulong)count - 1, Reason = reason },
        };
        WriteBlock(BlockKind.Marker, index, timeUs, receivedUs, marker);
        CountIndexes(index, count, receivedUs);
        return true;
    }

    /// <summary>Adds a marker, which counts no index.</summary>
    public void Mark(ulong nextIndex, Marker marker, long receivedUs) => WriteBlock(BlockKind.Marker, nextIndex, marker.TimeUs, receivedUs, marker);

    /// <summary>Adds the format that holds from here on, which counts no index.</summary>
    public void SetFormat(ulong nextIndex, TrackFormat format, long timeUs, long receivedUs) => WriteBlock(BlockKind.Format, nextIndex, timeUs, receivedUs, format);

    /// <summary>The batch; the builder is empty afterwards.</summary>
    public RetainedBatch Build()
    {
        byte[] blocks = GC.AllocateUninitializedArray<byte>(Length, pinned: Length >= MinPinned);
        _blocks.WrittenSpan.CopyTo(blocks);
        if (_writer.Count > 0)
        {
            Block.Write(blocks.AsSpan(_blocks.WrittenCount), WriterHeader, _writer.Payload);
        }

        // A hole is before the packets: markers that go ahead of them leave it to those.
        var batch = new RetainedBatch(FirstIndex, Count, blocks, AfterHole && Count > 0);
        AfterHole &= Count == 0;
        _writer.Clear();
        _blocks.ResetWrittenCount();
        Count = 0;
        return batch;
    }

    private BlockHeader WriterHeader => new(BlockKind.Data, _writerFlags, _writer.Length, _writer.Count, epoch, _writerFirst, _writer.BaseTimeUs, _writerReceivedUs);

    private bool TryWrite(ulong index, long timeUs, ReadOnlySpan<byte> packet, BlockFlags flags, long receivedUs)
    {
        if (_writer.Count == 0)
        {
            _writerFirst = index;
            _writerFlags = flags;
            _writerReceivedUs = receivedUs;
        }

        return _writer.TryAdd(timeUs, packet);
    }

    private void WriteBlock(BlockKind kind, ulong index, long timeUs, long receivedUs, IMessage message)
    {
        CloseWriter();
        if (Length == 0)
        {
            FirstIndex = index;
        }

        Block.Write(_blocks, new BlockHeader(kind, BlockFlags.None, 0, 0, epoch, index, timeUs, receivedUs), message.ToByteArray());
    }

    private void CloseWriter()
    {
        if (_writer.Count > 0)
        {
            Block.Write(_blocks, WriterHeader, _writer.Payload);
            _writer.Clear();
        }
    }

    private void CountIndexes(ulong index, int count, long receivedUs)
    {
        if (Count == 0)
        {
            FirstIndex = index;
            ReceivedUs = receivedUs;
        }

        Count += count;
    }
}

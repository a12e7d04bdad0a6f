using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Recording.Grains.Abstractions.Tracks;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Grains.Tests.Tracks;

/// <summary>Openings, batches and packets of a track, the same for the same index.</summary>
internal static class TestTrack
{
    public const ulong Epoch = 7;
    public const string Prefix = "rooms/r/rec1/";
    public const string TrackId = "alice-audio";
    public const string Segments = Prefix + "segments/" + TrackId + "/";
    public const long StartUs = 1_700_000_000_000_000;
    public const uint Ssrc = 0x1234;

    public static TrackHeader Header { get; } = new()
    {
        FileVersion = 1,
        RecordingId = "rec1",
        TrackId = TrackId,
        Kind = "audio",
        Format = new TrackFormat { PayloadTypes = { new PayloadFormat { Pt = 111, Codec = "opus", ClockRate = 48000, Channels = 2 } } },
    };

    public static TrackOpening Opening(ulong firstUnstored = 1, ulong epoch = Epoch, ulong fence = 1) => new()
    {
        Fence = fence,
        RecordingId = "rec1",
        Prefix = Prefix,
        TrackId = TrackId,
        Header = Header.ToByteArray(),
        Epoch = epoch,
        FirstUnstored = firstUnstored,
    };

    /// <summary>An RTP packet whose length and bytes follow from epoch and index; every 13th index is an empty entry.</summary>
    public static byte[] Packet(ulong index, ulong epoch = Epoch, int size = 0)
    {
        if (size == 0 && index % 13 == 0)
        {
            return [];
        }

        byte[] packet = new byte[size > 0 ? size : 12 + (int)(((index * 31) + epoch) % 90)];
        new Random((int)((index * 2654435761) ^ epoch)).NextBytes(packet);
        packet[0] = 0x80;
        packet[1] = 111;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)index);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)(index * 960));
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), Ssrc);
        return packet;
    }

    /// <summary>One data block of packets.</summary>
    public static byte[] DataBlock(ulong first, int count, ulong epoch = Epoch, int size = 0)
    {
        var writer = new DataPayloadWriter();
        for (ulong i = first; i < first + (ulong)count; i++)
        {
            Assert.True(writer.TryAdd(StartUs + (long)(i * 20_000), Packet(i, epoch, size)));
        }

        var header = new BlockHeader(BlockKind.Data, BlockFlags.None, writer.Length, count, epoch, first, writer.BaseTimeUs, writer.BaseTimeUs + 500);
        return Encode(header, writer.Payload);
    }

    public static byte[] MarkerBlock(ulong next, Marker marker, ulong epoch = Epoch) =>
        Encode(new BlockHeader(BlockKind.Marker, BlockFlags.None, 0, 0, epoch, next, StartUs, StartUs), marker.ToByteArray());

    public static byte[] SkippedBlock(ulong first, ulong last, ulong epoch = Epoch) => MarkerBlock(
        first, new Marker { Skipped = new Marker.Types.Skipped { FirstIndex = first, LastIndex = last, Reason = "paused" } }, epoch);

    public static byte[] FormatBlock(ulong next, TrackFormat format, ulong epoch = Epoch) =>
        Encode(new BlockHeader(BlockKind.Format, BlockFlags.None, 0, 0, epoch, next, StartUs, StartUs), format.ToByteArray());

    public static TrackBatch Batch(ulong first, int count, ulong epoch = Epoch, ulong fence = 1, ulong retainedFrom = 0, int size = 0) =>
        Batch(first, count, DataBlock(first, count, epoch, size), epoch, fence, retainedFrom);

    public static TrackBatch Batch(ulong first, int count, byte[] blocks, ulong epoch = Epoch, ulong fence = 1, ulong retainedFrom = 0) => new()
    {
        Fence = fence,
        Epoch = epoch,
        FirstIndex = first,
        Count = count,
        RetainedFrom = retainedFrom,
        Blocks = blocks,
    };

    public static TrackBatch Empty(ulong next, ulong epoch = Epoch, ulong fence = 1, ulong retainedFrom = 0) => Batch(next, 0, [], epoch, fence, retainedFrom);

    private static byte[] Encode(BlockHeader header, ReadOnlySpan<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>();
        Block.Write(output, header, payload);
        return output.WrittenSpan.ToArray();
    }
}

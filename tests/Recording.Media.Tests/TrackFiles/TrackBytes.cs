using System.Buffers;
using Google.Protobuf;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.TrackFiles;

/// <summary>Builds blocks, segments and track files.</summary>
internal static class TrackBytes
{
    public const ulong Epoch = 0xA1B2C3D4E5F60718;
    public const long BaseTimeUs = 1_700_000_000_000_000;
    public const long PacketUs = 20_000;

    public static TrackHeader Header(string track = "alice-audio", TrackFormat? format = null) => new()
    {
        FileVersion = TrackSection.FileVersion,
        RoomId = "room",
        RecordingId = "01",
        TrackId = track,
        ProducerId = "p1",
        PeerId = "alice",
        Kind = "audio",
        Format = format ?? Opus(),
    };

    public static TrackFormat Opus(uint ssrc = 1) => new()
    {
        PayloadTypes = { new PayloadFormat { Pt = 96, Codec = "opus", ClockRate = 48_000, Channels = 2 } },
        Encodings = { new EncodingFormat { Ssrc = ssrc } },
    };

    public static TrackFormat Vp8(uint ssrc = 1) => new()
    {
        PayloadTypes = { new PayloadFormat { Pt = 96, Codec = "vp8", ClockRate = 90_000 } },
        Encodings = { new EncodingFormat { Ssrc = ssrc } },
    };

    /// <summary>The packet of an index: 20 ms of a 48 kHz clock each.</summary>
    public static byte[] Packet(ulong index, uint ssrc = 1) =>
        Rtp.RtpBytes.Packet((ushort)index, unchecked((uint)(index * 960)), ssrc, payload: [(byte)index, (byte)(index >> 8), 7]);

    public static long TimeOf(ulong index) => BaseTimeUs + ((long)index * PacketUs);

    public static byte[] Data(ulong firstIndex, int count, ulong epoch = Epoch, Func<ulong, byte[]>? packet = null)
    {
        var writer = new DataPayloadWriter();
        for (ulong i = firstIndex; i < firstIndex + (ulong)count; i++)
        {
            Assert.True(writer.TryAdd(TimeOf(i), (packet ?? (index => Packet(index)))(i)));
        }

        return Frame(BlockKind.Data, writer.Payload, firstIndex, count, epoch, writer.BaseTimeUs);
    }

    public static byte[] Frame(BlockKind kind, ReadOnlySpan<byte> payload, ulong firstIndex, int count = 0, ulong epoch = Epoch, long baseTimeUs = BaseTimeUs)
    {
        var output = new ArrayBufferWriter<byte>();
        Block.Write(output, new BlockHeader(kind, BlockFlags.None, 0, count, epoch, firstIndex, baseTimeUs, baseTimeUs + 5), payload);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] Mark(Marker marker, ulong firstIndex, ulong epoch = Epoch) =>
        Frame(BlockKind.Marker, marker.ToByteArray(), firstIndex, epoch: epoch);

    public static byte[] Skipped(ulong firstIndex, ulong lastIndex, ulong epoch = Epoch) => Mark(
        new Marker { Skipped = new Marker.Types.Skipped { FirstIndex = firstIndex, LastIndex = lastIndex, Reason = "paused" } },
        firstIndex,
        epoch);

    public static byte[] Format(TrackFormat format, ulong firstIndex, ulong epoch = Epoch) =>
        Frame(BlockKind.Format, format.ToByteArray(), firstIndex, epoch: epoch);

    public static byte[] File(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static byte[] Segment(params byte[][] blocks) => [.. TrackSection.Encode(Header()), .. File(blocks)];

    /// <summary>Reads everything: sections as "S", blocks as kind and first index, footers as "F".</summary>
    public static (List<string> Items, TrackFileReader Reader) ReadAll(Stream stream)
    {
        var reader = new TrackFileReader(stream);
        var items = new List<string>();
        while (reader.Read())
        {
            items.Add(reader.Kind switch
            {
                TrackItemKind.Section => "S",
                TrackItemKind.Footer => "F",
                _ => $"{reader.Header.Kind.ToString()[0]}{reader.Header.FirstIndex}",
            });
        }

        return (items, reader);
    }

    public static (List<string> Items, TrackFileReader Reader) ReadAll(byte[] file) => ReadAll(new MemoryStream(file));

    /// <summary>Index and bytes of all entries of blocks.</summary>
    public static List<(ulong Index, long TimeUs, string Packet)> Entries(ReadOnlySpan<byte> blocks)
    {
        var entries = new List<(ulong, long, string)>();
        int offset = 0;
        while (offset < blocks.Length)
        {
            Assert.True(Block.TryRead(blocks[offset..], out BlockHeader header, out ReadOnlySpan<byte> payload));
            AddEntries(entries, header, payload);
            offset += header.BlockLength;
        }

        return entries;
    }

    public static void AddEntries(List<(ulong, long, string)> entries, BlockHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Kind != BlockKind.Data)
        {
            return;
        }

        ulong index = header.FirstIndex;
        var reader = new DataPayloadReader(payload, header.BaseTimeUs);
        while (reader.Read())
        {
            entries.Add((index++, reader.TimeUs, Convert.ToHexStringLower(reader.Packet)));
        }
    }
}

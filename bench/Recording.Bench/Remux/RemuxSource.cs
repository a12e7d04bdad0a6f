using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Bench.Remux;

/// <summary>Writes the same RTP packets as a track file and as Janus's MJR: VP8 of five packets of 1100 bytes a picture, 30 a second; Opus of 80 bytes, 50 a second.</summary>
internal static class RemuxSource
{
    private const long StartUs = 1_700_000_000_000_000;
    private const int PacketsPerPicture = 5;
    private const int PicturesPerKeyframe = 300;

    public static void Write(string codec, int packets, string trackFile, string mjrFile)
    {
        bool isAudio = codec == "opus";
        TrackFormat format = new()
        {
            PayloadTypes = { new PayloadFormat { Pt = 96, Codec = codec, ClockRate = isAudio ? 48_000u : 90_000u, Channels = isAudio ? 2u : 0 } },
        };
        using FileStream track = new(trackFile, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 1 << 20 });
        using FileStream mjr = new(mjrFile, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 1 << 20 });
        track.Write(TrackSection.Encode(new TrackHeader { FileVersion = 1, Kind = isAudio ? "audio" : "video", TrackId = codec, Format = format }));
        byte[] header = Encoding.UTF8.GetBytes($$"""{"t":"{{(isAudio ? 'a' : 'v')}}","c":"{{codec}}","s":{{StartUs}},"u":{{StartUs}}}""");
        byte[] record = new byte[10];
        BinaryPrimitives.WriteUInt16BigEndian(record, (ushort)header.Length);
        mjr.Write("MJR00002"u8);
        mjr.Write(record, 0, 2);
        mjr.Write(header);
        "MEET"u8.CopyTo(record);

        byte[] packet = new byte[12 + (isAudio ? 80 : 1100)];
        new Random(1).NextBytes(packet.AsSpan(12));
        DataPayloadWriter payload = new();
        ArrayBufferWriter<byte> block = new();
        ulong index = 1;
        for (int i = 0; i < packets; i++)
        {
            long timeUs = StartUs + (isAudio ? i * 20_000L : (i / PacketsPerPicture * 33_333L) + (i % PacketsPerPicture * 100));
            Fill(packet, i, isAudio);
            if (payload.Count == 500 || !payload.TryAdd(timeUs, packet))
            {
                index = Flush(track, block, payload, index);
                _ = payload.TryAdd(timeUs, packet);
            }

            BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(4), (uint)((timeUs - StartUs) / 1000));
            BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(8), (ushort)packet.Length);
            mjr.Write(record);
            mjr.Write(packet);
        }

        Flush(track, block, payload, index);
    }

    private static void Fill(Span<byte> packet, int number, bool isAudio)
    {
        int picture = number / PacketsPerPicture;
        int part = number % PacketsPerPicture;
        bool isLast = part == PacketsPerPicture - 1;
        packet[0] = 0x80;
        packet[1] = (byte)(96 | (!isAudio && isLast ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)number);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], isAudio ? (uint)number * 960 : (uint)picture * 3000);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], 0x1234);
        if (isAudio)
        {
            packet[12] = 0xF8;
            return;
        }

        // Payload descriptor with a 15-bit PictureID, then a frame header (key frame: start code and 640x360).
        packet[12] = (byte)(part == 0 ? 0x90 : 0x80);
        packet[13] = 0x80;
        BinaryPrimitives.WriteUInt16BigEndian(packet[14..], (ushort)(0x8000 | (picture & 0x7FFF)));
        if (part == 0)
        {
            bool isKey = picture % PicturesPerKeyframe == 0;
            ((ReadOnlySpan<byte>)[(byte)(isKey ? 0x10 : 0x11), 2, 0, 0x9D, 0x01, 0x2A, 0x80, 0x02, 0x68, 0x01]).CopyTo(packet[16..]);
        }
    }

    private static ulong Flush(FileStream track, ArrayBufferWriter<byte> block, DataPayloadWriter payload, ulong index)
    {
        if (payload.Count == 0)
        {
            return index;
        }

        Block.Write(block, new BlockHeader(BlockKind.Data, BlockFlags.None, 0, payload.Count, 1, index, payload.BaseTimeUs, payload.BaseTimeUs), payload.Payload);
        track.Write(block.WrittenSpan);
        block.ResetWrittenCount();
        index += (ulong)payload.Count;
        payload.Clear();
        return index;
    }
}

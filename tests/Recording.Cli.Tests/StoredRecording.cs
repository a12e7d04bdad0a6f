using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Simulator.Sfu;

namespace Recording.Cli.Tests;

/// <summary>A small recording on disk and the ledger of what was sent, to be spoilt by tests.</summary>
internal sealed class StoredRecording : IDisposable
{
    private const ulong Epoch = 0xFEDCBA9876543210;
    private const int PacketsABlock = 10;
    private readonly string _root = Directory.CreateTempSubdirectory("recording-cli-").FullName;

    public StoredRecording(int packets = 100)
    {
        Packets = [.. Enumerable.Range(1, packets).Select(Packet)];
        Directory.CreateDirectory(Path.Combine(Recording, "tracks"));
        WriteLedger(Packets);
        WriteTrack(Packets);
    }

    public string DataDirectory => Path.Combine(_root, "data");

    public string Recording => Path.Combine(DataDirectory, "rooms", "room-1", "rec");

    public string Ledger => Path.Combine(_root, "ledger.jsonl");

    public string Track => Path.Combine(Recording, "tracks", "peer-1-audio.rtp");

    public byte[][] Packets { get; }

    public static byte[] Packet(int number)
    {
        byte[] packet = new byte[60];
        new Random(number).NextBytes(packet);
        packet[0] = 0x80;
        packet[1] = 111;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)number);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)(number * 960));
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), 4711);
        return packet;
    }

    public static byte[] SenderReportPacket()
    {
        byte[] report = new byte[SenderReport.Length];
        new SenderReport(4711, 1UL << 32, 5, 1, 1).Write(report);
        return report;
    }

    public void WriteLedger(IEnumerable<byte[]> packets)
    {
        using LedgerWriter ledger = LedgerWriter.Create(Ledger);
        byte[] prefix = LedgerWriter.Prefix("room-1", "producer-1", Epoch);
        ulong index = 1;
        foreach (byte[] packet in packets)
        {
            ledger.Write(prefix, index++, packet);
        }
    }

    /// <summary>A complete file: with index and footer.</summary>
    public void WriteTrack(IEnumerable<byte[]> packets, ulong firstIndex = 1)
    {
        using FileStream file = File.Create(Track);
        TrackFileRepair.RepairAsync(new MemoryStream(Section(packets, firstIndex)), file).GetAwaiter().GetResult();
    }

    public void WriteSegment(string name, IEnumerable<byte[]> packets, ulong firstIndex)
    {
        string folder = Path.Combine(Recording, "segments", "peer-1-audio");
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, name), Section(packets, firstIndex));
    }

    public void WriteMetadata(string? sha256 = null) => File.WriteAllText(
        Path.Combine(Recording, "metadata.json"),
        JsonSerializer.Serialize(new
        {
            integrity = new
            {
                files = new[]
                {
                    new { file = "tracks/peer-1-audio.rtp", bytes = new FileInfo(Track).Length, sha256 = sha256 ?? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Track))) },
                },
            },
        }));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static byte[] Section(IEnumerable<byte[]> packets, ulong firstIndex)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write(TrackSection.Encode(new TrackHeader { FileVersion = 1, RoomId = "room-1", ProducerId = "producer-1", TrackId = "peer-1-audio", Kind = "audio" }));
        var writer = new DataPayloadWriter();
        foreach (byte[][] block in packets.Chunk(PacketsABlock))
        {
            writer.Clear();
            foreach (byte[] packet in block)
            {
                writer.TryAdd(1_700_000_000_000_000, packet);
            }

            Block.Write(output, new BlockHeader(BlockKind.Data, BlockFlags.None, 0, writer.Count, Epoch, firstIndex, writer.BaseTimeUs, writer.BaseTimeUs), writer.Payload);
            firstIndex += (ulong)writer.Count;
        }

        return output.WrittenSpan.ToArray();
    }
}

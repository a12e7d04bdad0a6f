using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Recording.Media.TrackFiles;
using Recording.Protocol.Sfu;

namespace Recording.EndToEnd.Media;

/// <summary>Packets and batches, good and bad, of one SSRC a producer; remembers the good ones.</summary>
internal sealed class HostileMedia
{
    private readonly Random _random = new(11);
    private ushort _sequence;

    /// <summary>SHA-256 of every good packet.</summary>
    public HashSet<string> GoodHashes { get; } = new(StringComparer.Ordinal);

    /// <summary>A sound RTP packet, whatever its payload type.</summary>
    public byte[] Good(byte payloadType = 111)
    {
        byte[] packet = Rtp(payloadType, 60);
        GoodHashes.Add(Convert.ToHexStringLower(SHA256.HashData(packet)));
        return packet;
    }

    /// <summary>RTP version 1: no RTP of today.</summary>
    public byte[] Bad()
    {
        byte[] packet = Rtp(111, 60);
        packet[0] = 0x40;
        return packet;
    }

    /// <summary>RTP beyond what a track file takes.</summary>
    public byte[] Oversize() => Rtp(111, 65_600);

    public static byte[] Batch(ulong firstIndex, params byte[][] packets) => Batch(firstIndex, packets, handle: 7);

    /// <summary>A batch message; <paramref name="count"/> null = the truth.</summary>
    public static byte[] Batch(ulong firstIndex, byte[][] packets, uint handle = 7, uint? count = null, long? baseTimeUs = null, ulong lostBefore = 0) =>
        Message(firstIndex, Payload(packets), handle, count ?? (uint)packets.Length, baseTimeUs, lostBefore);

    /// <summary>A batch that ends inside its last packet.</summary>
    public static byte[] Torn(ulong firstIndex, params byte[][] packets) => Message(firstIndex, Payload(packets)[..^10], 7, (uint)packets.Length, null, 0);

    /// <summary>The plan's message of one packet.</summary>
    public static byte[] Packet(string producer, byte[] packet) => new SfuToRecording
    {
        RtpPacket = new RecordingRtpPacket { RoomId = "torn-room", ProducerId = producer, RtpData = ByteString.CopyFrom(packet), ServerTimestamp = NowUs() },
    }.ToByteArray();

    private static byte[] Message(ulong firstIndex, byte[] payload, uint handle, uint count, long? baseTimeUs, ulong lostBefore) => new SfuToRecording
    {
        RtpBatch = new RtpBatch
        {
            TrackHandle = handle,
            FirstIndex = firstIndex,
            BaseTimeUs = baseTimeUs ?? NowUs(),
            Packets = ByteString.CopyFrom(payload),
            Count = count,
            LostBefore = lostBefore,
        },
    }.ToByteArray();

    private static long NowUs() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;

    private static byte[] Payload(byte[][] packets)
    {
        using var payload = new MemoryStream();
        Span<byte> number = stackalloc byte[Varint.MaxLength];
        foreach (byte[] packet in packets)
        {
            payload.WriteByte(0);
            payload.Write(number[..Varint.Write(number, (ulong)packet.Length)]);
            payload.Write(packet);
        }

        return payload.ToArray();
    }

    private byte[] Rtp(byte payloadType, int payload)
    {
        byte[] packet = new byte[12 + payload];
        _random.NextBytes(packet);
        packet[0] = 0x80;
        packet[1] = payloadType;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), ++_sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), _sequence * 960u);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), 0xCAFE);
        return packet;
    }
}

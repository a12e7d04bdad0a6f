using System.Buffers.Binary;
using Google.Protobuf;
using Recording.Bench.Latency;
using Recording.Media.TrackFiles;
using Recording.Protocol.Sfu;

namespace Recording.Bench.Ingest;

/// <summary>One track of the bench: ids as long as mediasoup's, packets that differ only in sequence number and timestamp.</summary>
internal sealed class BenchTrack(int number)
{
    private readonly string _peerId = $"peer-{number:0000}-3f1c9a52e7";
    private readonly DataPayloadWriter _payload = new();
    private readonly Queue<(ulong Last, int Count, long At)> _sent = new();
    private ushort _sequence;

    public string RoomId { get; } = RoomOf(number / IngestOptions.TracksPerRoom);

    public string ProducerId { get; } = $"6c9b1d3e-0f5a-4b7c-9d21-{number:000000000000}";

    public ulong EventIndex { get; } = (ulong)(number % IngestOptions.TracksPerRoom) + 2;

    public ulong Sent { get; private set; }

    public ulong Durable { get; private set; }

    /// <summary>Where the time until packets are durable is noted; null = nowhere.</summary>
    public LatencyHistogram? Latency { get; init; }

    /// <summary>Everything up to an index is durable.</summary>
    public void Acknowledge(ulong durable)
    {
        Durable = Math.Max(Durable, durable);
        lock (_sent)
        {
            while (_sent.TryPeek(out (ulong Last, int Count, long At) batch) && batch.Last <= durable)
            {
                _sent.Dequeue();
                Latency?.Add(TimeProvider.System.GetElapsedTime(batch.At), batch.Count);
            }
        }
    }

    /// <summary>Bytes beyond the durable index that the recorder takes.</summary>
    public long Window { get; set; } = 1 << 20;

    public bool Fits(StreamKind kind, int packets, int packetBytes) =>
        kind == StreamKind.PerPacket || ((long)(Sent - Durable) + packets) * packetBytes <= Window;

    public bool IsSubscribed { get; set; }

    public static string RoomOf(int room) => $"bench-room-{room:000}";

    public ProducerCreated Producer() => new()
    {
        ProducerId = ProducerId,
        PeerId = _peerId,
        Kind = "audio",
        TrackType = "mic",
        PayloadType = 111,
        Ssrc = (uint)(number + 1),
        Codec = "opus",
        ClockRate = 48000,
        Channels = 2,
    };

    public TrackSubscribed Subscribed(StreamKind kind) => new()
    {
        RoomId = RoomId,
        ProducerId = ProducerId,
        ConsumerId = "c" + ProducerId,
        TrackHandle = kind == StreamKind.Batch ? (uint)(number + 1) : 0,
        TrackInfo = new TrackInfo { ProducerId = ProducerId, PeerId = _peerId, Kind = "audio", TrackType = "mic", PayloadType = 111, Ssrc = (uint)(number + 1), Codec = "opus", ClockRate = 48000, Channels = 2 },
    };

    public RecordingRtpPacket NextPacket(byte[] packet, long nowMs)
    {
        Stamp(packet);
        Sent++;
        return new RecordingRtpPacket
        {
            RoomId = RoomId,
            RecordingId = RoomId,
            ProducerId = ProducerId,
            PeerId = _peerId,
            RtpData = ByteString.CopyFrom(packet),
            PayloadType = 111,
            Ssrc = (uint)(number + 1),
            ServerTimestamp = nowMs,
            RtpTimestamp = BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(4)),
            SequenceNumber = _sequence,
        };
    }

    public RtpBatch NextBatch(byte[] packet, int count, long nowUs)
    {
        _payload.Clear();
        var batch = new RtpBatch { TrackHandle = (uint)(number + 1), FirstIndex = Sent + 1, BaseTimeUs = nowUs, Count = (uint)count };
        for (int i = 0; i < count; i++)
        {
            Stamp(packet);
            if (!_payload.TryAdd(nowUs, packet))
            {
                throw new InvalidOperationException("The rate makes batches of over 64 KiB; lower it.");
            }
        }

        Sent += (ulong)count;
        if (Latency is not null)
        {
            lock (_sent)
            {
                _sent.Enqueue((Sent, count, TimeProvider.System.GetTimestamp()));
            }
        }

        batch.Packets = ByteString.CopyFrom(_payload.Payload);
        return batch;
    }

    private void Stamp(byte[] packet)
    {
        packet[0] = 0x80;
        packet[1] = 111;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), ++_sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), _sequence * 960u);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), (uint)(number + 1));
    }
}

using System.Text.Unicode;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Google.Protobuf;
using Recording.Protocol.Frames;
using Recording.Protocol.Sfu;
using static System.Text.Encoding;

namespace Recording.Protocol.Tests.Frames;

public sealed class FrameParserTests
{
    [Property(MaxTest = 1000)]
    public void Packet_read_in_place_agrees_with_the_generated_parser(
        NonNull<string> room, NonNull<string> recording, NonNull<string> producer, NonNull<string> peer,
        byte[] data, int payloadType, uint ssrc, long time, uint rtpTimestamp, uint sequence, bool withRequestId)
    {
        var message = new SfuToRecording
        {
            RequestId = withRequestId ? "r-1" : "",
            RtpPacket = new RecordingRtpPacket
            {
                RoomId = Clean(room),
                RecordingId = Clean(recording),
                ProducerId = Clean(producer),
                PeerId = Clean(peer),
                RtpData = ByteString.CopyFrom(data),
                PayloadType = payloadType,
                Ssrc = ssrc,
                ServerTimestamp = time,
                RtpTimestamp = rtpTimestamp,
                SequenceNumber = sequence,
            },
        };

        Assert.True(RtpPacketFrame.TryParse(message.ToByteArray(), out RtpPacketFrame packet));
        RecordingRtpPacket expected = message.RtpPacket;
        Assert.Equal(expected.RoomId, UTF8.GetString(packet.RoomId));
        Assert.Equal(expected.RecordingId, UTF8.GetString(packet.RecordingId));
        Assert.Equal(expected.ProducerId, UTF8.GetString(packet.ProducerId));
        Assert.Equal(expected.PeerId, UTF8.GetString(packet.PeerId));
        Assert.Equal(data, packet.RtpData.ToArray());
        Assert.Equal(payloadType, packet.PayloadType);
        Assert.Equal(ssrc, packet.Ssrc);
        Assert.Equal(time, packet.ServerTimestamp);
        Assert.Equal(rtpTimestamp, packet.RtpTimestamp);
        Assert.Equal(sequence, packet.SequenceNumber);
        Assert.False(RtpBatchFrame.TryParse(message.ToByteArray(), out _));
    }

    [Property(MaxTest = 1000)]
    public void Batch_read_in_place_agrees_with_the_generated_parser(
        uint handle, ulong first, long baseTime, byte[] packets, uint count, ulong lost, bool withRequestId)
    {
        var message = new SfuToRecording
        {
            RequestId = withRequestId ? "r-1" : "",
            RtpBatch = new RtpBatch
            {
                TrackHandle = handle,
                FirstIndex = first,
                BaseTimeUs = baseTime,
                Packets = ByteString.CopyFrom(packets),
                Count = count,
                LostBefore = lost,
            },
        };

        Assert.True(RtpBatchFrame.TryParse(message.ToByteArray(), out RtpBatchFrame batch));
        Assert.Equal(handle, batch.TrackHandle);
        Assert.Equal(first, batch.FirstIndex);
        Assert.Equal(baseTime, batch.BaseTimeUs);
        Assert.Equal(packets, batch.Packets.ToArray());
        Assert.Equal(count, batch.Count);
        Assert.Equal(lost, batch.LostBefore);
        Assert.False(RtpPacketFrame.TryParse(message.ToByteArray(), out _));
    }

    [Fact]
    public void Field_that_came_twice_counts_as_its_last_value()
    {
        byte[] body = [.. new RecordingRtpPacket { ProducerId = "first", Ssrc = 1 }.ToByteArray(), .. new RecordingRtpPacket { ProducerId = "last", Ssrc = 2 }.ToByteArray()];
        byte[] message = [0xC2, 0x02, (byte)body.Length, .. body];

        Assert.True(RtpPacketFrame.TryParse(message, out RtpPacketFrame packet));
        Assert.Equal("last", UTF8.GetString(packet.ProducerId));
        Assert.Equal(2u, packet.Ssrc);
        Assert.Equal("last", SfuToRecording.Parser.ParseFrom(message).RtpPacket.ProducerId);
    }

    public static TheoryData<string, byte[]> NotAPacket() => new()
    {
        { "empty", [] },
        { "request id only", [0x0A, 1, (byte)'x'] },
        { "tag cut short", [0xC2] },
        { "length missing", [0xC2, 0x02] },
        { "length beyond the end", [0xC2, 0x02, 5, 1, 2] },
        { "unknown inner field", [0xC2, 0x02, 2, 11 << 3, 1] },
        { "wrong wire type", [0xC2, 0x02, 2, 3 << 3, 1] },
        { "varint of eleven bytes", [0xC2, 0x02, 12, 6 << 3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01] },
        { "two packets", [0xC2, 0x02, 0, 0xC2, 0x02, 0] },
        { "another message", new SfuToRecording { HeartbeatAck = new HeartbeatAck { Timestamp = 1 } }.ToByteArray() },
    };

    [Theory]
    [MemberData(nameof(NotAPacket))]
    public void What_is_not_one_packet_is_left_to_the_generated_parser(string what, byte[] message)
    {
        Assert.NotEmpty(what);
        Assert.False(RtpPacketFrame.TryParse(message, out _));
        Assert.False(RtpBatchFrame.TryParse(message, out _));
    }

    [Fact]
    public void No_damaged_message_raises_an_exception_or_disagrees_with_the_generated_parser()
    {
        var random = new Random(20260103);
        byte[][] seeds =
        [
            new SfuToRecording
            {
                                RtpPacket = new RecordingRtpPacket
                {
                    RoomId = "room-1", RecordingId = "rec-1", ProducerId = "producer-1", PeerId = "peer", RtpData = ByteString.CopyFrom(new byte[40]),
                    PayloadType = 111, Ssrc = 0xDEADBEEF, ServerTimestamp = 1_700_000_000_000, RtpTimestamp = 90_000, SequenceNumber = 65_535,
                },
            }.ToByteArray(),
            new SfuToRecording { RtpBatch = new RtpBatch { TrackHandle = 7, FirstIndex = 99, BaseTimeUs = 1, Packets = ByteString.CopyFrom(new byte[30]), Count = 2, LostBefore = 4 } }.ToByteArray(),
            new SfuToRecording { SenderReport = new SenderReport { TrackHandle = 1, NtpTime = 2 } }.ToByteArray(),
        ];

        int accepted = 0;
        for (int round = 0; round < 300_000; round++)
        {
            byte[] message = Damage(random, seeds[random.Next(seeds.Length)]);
            if (RtpPacketFrame.TryParse(message, out RtpPacketFrame packet))
            {
                accepted++;
                // Only the generated parser insists on UTF-8: a packet is not lost because a name next to it is garbled.
                if (round % 16 == 0 && Utf8.IsValid(packet.RoomId) && Utf8.IsValid(packet.RecordingId) && Utf8.IsValid(packet.ProducerId) && Utf8.IsValid(packet.PeerId))
                {
                    RecordingRtpPacket expected = SfuToRecording.Parser.ParseFrom(message).RtpPacket;
                    Assert.Equal(expected.RtpData.ToByteArray(), packet.RtpData.ToArray());
                    Assert.Equal(expected.ServerTimestamp, packet.ServerTimestamp);
                    Assert.Equal(expected.Ssrc, packet.Ssrc);
                }
            }

            if (RtpBatchFrame.TryParse(message, out RtpBatchFrame batch))
            {
                accepted++;
                if (round % 16 == 0)
                {
                    RtpBatch expected = SfuToRecording.Parser.ParseFrom(message).RtpBatch;
                    Assert.Equal(expected.Packets.ToByteArray(), batch.Packets.ToArray());
                    Assert.Equal(expected.FirstIndex, batch.FirstIndex);
                }
            }
        }

        Assert.InRange(accepted, 1_000, 299_000);
    }

    private static byte[] Damage(Random random, byte[] seed)
    {
        switch (random.Next(4))
        {
            case 0:
                return seed[..random.Next(seed.Length + 1)];
            case 1:
                byte[] noise = new byte[random.Next(64)];
                random.NextBytes(noise);
                return noise;
            default:
                byte[] changed = (byte[])seed.Clone();
                for (int n = random.Next(4); n >= 0; n--)
                {
                    changed[random.Next(changed.Length)] = (byte)random.Next(256);
                }

                return changed;
        }
    }

    // Lone surrogates cannot travel in a protobuf string.
    private static string Clean(NonNull<string> text) => UTF8.GetString(UTF8.GetBytes(text.Get));
}

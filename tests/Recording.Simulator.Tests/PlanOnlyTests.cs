using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Recording.Protocol.Sfu;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;

namespace Recording.Simulator.Tests;

public sealed class PlanOnlyTests
{
    // Fields of the architecture plan, section 5.1, where extensions have been added to the message since.
    private static readonly Dictionary<string, int[]> _planFields = new(StringComparer.Ordinal)
    {
        ["SfuToRecording"] = [1, 10, 20, 21, 30, 40, 50, 60],
        ["RecordingServiceRegisterResponse"] = [1, 2, 3, 4, 5],
        ["TrackSubscribed"] = [1, 2, 3, 4],
        ["TrackInfo"] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
        ["RecordingRoomEvent"] = [1, 2, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
        ["ProducerCreated"] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        ["RecordingPolicy"] = [1, 2, 3, 4, 5, 6, 10, 11, 12],
    };

    private static readonly string[] _planMessages =
    [
        "SfuToRecording", "RecordingServiceRegisterResponse", "StartRecordingResponse", "RecordingPolicy", "TrackSubscribed", "TrackInfo", "RecordingRoomEvent", "RoomCreated", "RoomClosed",
        "RoomPolicyUpdated", "PeerJoined", "PeerLeft", "ProducerCreated", "ProducerClosed", "ProducerPaused", "ProducerResumed", "ActiveSpeaker", "RecordingRtpPacket", "HeartbeatAck", "RecordingError",
    ];

    [Fact]
    public async Task A_plan_only_sfu_sends_no_extension_field_even_to_a_recorder_that_knows_them()
    {
        using var file = new MemoryStream();
        using var ledger = new LedgerWriter(file);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        SimulationPlan plan = SimulationPlan.Create(new RoomShape
        {
            Peers = 2,
            Duration = TimeSpan.FromSeconds(1.5),
            JoinInterval = TimeSpan.FromSeconds(0.3),
            Share = true,
            Pause = true,
            LeaveBeforeEnd = TimeSpan.FromSeconds(0.3),
            SpeakerInterval = TimeSpan.FromSeconds(0.4),
            Synthetic = new TrackMedia.Synthetic(200, 50),
        });
        await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(plan, new SimulatedSfuOptions { PlanOnly = true, Ledger = ledger }, cancellationToken: cancel.Token);
        await using TestRecorder recorder = TestRecorder.Connect(sfu.Address!);
        await sfu.WhenClosedAsync(cancel.Token);
        await SimulatedSfuTests.EventuallyAsync(() => recorder.Events.Any(e => e.RoomClosed is not null), cancel.Token);

        var kinds = new HashSet<string>(StringComparer.Ordinal);
        foreach (SfuToRecording message in recorder.Messages)
        {
            AssertPlain(message, kinds);
        }

        Assert.Superset(
            new HashSet<string>(StringComparer.Ordinal)
            {
                "RecordingServiceRegisterResponse", "StartRecordingResponse", "TrackSubscribed", "RecordingRtpPacket", "ProducerPaused", "ProducerResumed", "PeerLeft", "ActiveSpeaker", "RoomClosed",
            },
            kinds);

        ledger.Flush();
        IReadOnlyList<LedgerLine> lines = LedgerLine.Read(file);
        Assert.All(lines, line => Assert.Equal("0", line.Epoch));
        Assert.Equal(
            recorder.Packets.SelectMany(track => track.Value.Select(packet => $"{track.Key} {packet.Sha256}")).Order(StringComparer.Ordinal).ToArray(),
            lines.Select(line => $"{line.Producer} {line.Sha256}").Order(StringComparer.Ordinal).ToArray());
    }

    [Fact]
    public async Task A_packet_has_all_ten_fields_and_its_time_in_milliseconds()
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        SimulationPlan plan = SimulationPlan.Create(new RoomShape { Peers = 1, Duration = TimeSpan.FromSeconds(20), Synthetic = new TrackMedia.Synthetic(200, 50) });
        await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(plan, new SimulatedSfuOptions { PlanOnly = true }, cancellationToken: cancel.Token);
        await using TestRecorder recorder = TestRecorder.Connect(sfu.Address!);
        await SimulatedSfuTests.EventuallyAsync(() => recorder.Messages.Any(message => message.RtpPacket is not null), cancel.Token);

        RecordingRtpPacket packet = recorder.Messages.First(message => message.RtpPacket is not null).RtpPacket;
        Assert.Equal("room-1", packet.RoomId);
        Assert.Equal("rec-room-1", packet.RecordingId);
        Assert.Equal("peer-1", packet.PeerId);
        Assert.NotEmpty(packet.ProducerId);
        Assert.Equal(200, packet.RtpData.Length);
        Assert.Equal(packet.RtpData[1] & 0x7F, packet.PayloadType);
        Assert.NotEqual(0u, packet.Ssrc);
        Assert.NotEqual(0u, packet.RtpTimestamp);
        Assert.InRange(packet.SequenceNumber, 0u, 0xFFFFu);
        Assert.InRange(DateTimeOffset.FromUnixTimeMilliseconds(packet.ServerTimestamp), DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));
        Assert.StartsWith("sim-1-rec-", recorder.Messages.First(message => message.StartRecordingResponse is not null).StartRecordingResponse.RecordingId, StringComparison.Ordinal);
    }

    private static void AssertPlain(IMessage message, HashSet<string> kinds)
    {
        string name = message.Descriptor.Name;
        Assert.Contains(name, _planMessages, StringComparer.Ordinal);
        kinds.Add(name);
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            object? value = field.Accessor.GetValue(message);
            bool set = value switch
            {
                null => false,
                IList list => list.Count > 0,
                _ when field.HasPresence => field.Accessor.HasValue(message),
                string text => text.Length > 0,
                ulong number => number != 0,
                uint number => number != 0,
                _ => true,
            };
            if (!set)
            {
                continue;
            }

            if (_planFields.TryGetValue(name, out int[]? numbers))
            {
                Assert.True(numbers.Contains(field.FieldNumber), $"{name}.{field.Name} is no field of the plan");
            }

            if (value is IMessage inner)
            {
                AssertPlain(inner, kinds);
            }
            else if (value is IEnumerable<IMessage> many)
            {
                foreach (IMessage item in many)
                {
                    AssertPlain(item, kinds);
                }
            }
        }
    }
}

using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Recording.EndToEnd.Deployments;
using Recording.Protocol.Sfu;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>An SFU that sends nonsense harms neither itself nor others.</summary>
public sealed class HostileInputTests
{
    private static readonly Method<byte[], byte[]> Attach = new(
        MethodType.DuplexStreaming, "recording.ingest.RecordingIngest", "Attach", Marshallers.Create(static bytes => bytes, static bytes => bytes), Marshallers.Create(static bytes => bytes, static bytes => bytes));

    [Fact]
    public async Task Nonsense_on_a_link_is_answered_with_its_code_and_the_link_and_a_good_room_beside_it_go_on()
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync();
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        SimulationPlan plan = SimulationPlan.Create(new RoomShape { Peers = 2, Duration = TimeSpan.FromSeconds(6), AutoRecord = true, RoomPrefix = "good" });
        await using SimulatedSfu good = await SimulatedSfu.ConnectAsync(plan, [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { Ledger = ledger, SfuId = "good" });
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await good.WhenRecordingAsync(patience.Token);

        using GrpcChannel channel = GrpcChannel.ForAddress(deployment.Gateway.GrpcAddress);
        using AsyncDuplexStreamingCall<byte[], byte[]> link = channel.CreateCallInvoker().AsyncDuplexStreamingCall(Attach, null, new CallOptions());
        var answers = new List<RecordingToSfu>();
        Task reading = ReadAsync(link.ResponseStream, answers);
        await Eventually.HoldsAsync("the service registers", TimeSpan.FromSeconds(10), () => Holds(answers, static message => message.Register is not null));

        await SendAsync(link, new SfuToRecording { RtpPacket = new RecordingRtpPacket { ProducerId = "early" } });
        await Eventually.HoldsAsync("a message before the registration is refused", TimeSpan.FromSeconds(10), () => Answered(answers, 1001));
        await SendAsync(link, new SfuToRecording { RegisterResponse = new RecordingServiceRegisterResponse { Success = true, SfuId = "hostile" } });

        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] noise = new byte[random.Next(1, 200)];
            random.NextBytes(noise);
            await link.RequestStream.WriteAsync(noise, patience.Token);
        }

        await Eventually.HoldsAsync("noise is answered", TimeSpan.FromSeconds(20), () => Answered(answers, 1003));
        foreach (string id in (string[])["../../etc", "..", "", "a/../../b", new string('x', 300), "nul\0l"])
        {
            await SendAsync(link, Event(id, static room => new RecordingRoomEvent { RoomCreated = new RoomCreated { RoomId = room, Policy = Open() } }));
            await SendAsync(link, Event("hostile-room", _ => new RecordingRoomEvent { ProducerCreated = new ProducerCreated { ProducerId = id, PeerId = id, Kind = "audio", Codec = "opus" } }));
        }

        await SendAsync(link, new SfuToRecording { RtpPacket = new RecordingRtpPacket { RoomId = "nowhere", ProducerId = "nobody", RtpData = ByteString.CopyFrom(new byte[40]) } });
        await Eventually.HoldsAsync("packets of unknown producers are refused", TimeSpan.FromSeconds(10), () => Answered(answers, 3001));

        // The hostile link is still served: its own heartbeats come.
        await Eventually.HoldsAsync("the hostile link lives", TimeSpan.FromSeconds(15), () => Holds(answers, static message => message.Heartbeat is not null));
        Assert.False(reading.IsCompleted);

        await good.WhenMediaSentAsync(patience.Token);
        await good.WhenAcknowledgedAsync(patience.Token);
        await Eventually.HoldsAsync("the good room is complete", TimeSpan.FromSeconds(60), async () =>
        {
            Wire.ListRecordingsResponse listed = await deployment.Control.ListRecordingsAsync(new Wire.ListRecordingsRequest { RoomId = "good-1" });
            return listed.Recordings.Count == 1 && listed.Recordings[0].Status == "completed";
        });
        ledger.Flush();
        await deployment.VerifyAsync(path);
        Assert.False(deployment.Gateway.Process.HasExited);
        string store = Path.GetFullPath(deployment.DataDirectory);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(store)!), entry => entry != store && !entry.EndsWith("ledger.jsonl", StringComparison.Ordinal));
    }

    private static RecordingPolicy Open() => new() { Enabled = true, AutoRecord = true, WhoCanRecord = "all" };

    private static SfuToRecording Event(string room, Func<string, RecordingRoomEvent> make)
    {
        RecordingRoomEvent roomEvent = make(room);
        roomEvent.RoomId = room;
        return new SfuToRecording { RoomEvent = roomEvent };
    }

    private static Task SendAsync(AsyncDuplexStreamingCall<byte[], byte[]> link, SfuToRecording message) => link.RequestStream.WriteAsync(message.ToByteArray());

    private static bool Answered(List<RecordingToSfu> answers, int code) => Holds(answers, message => message.Error?.Code == code);

    private static bool Holds(List<RecordingToSfu> answers, Predicate<RecordingToSfu> condition)
    {
        lock (answers)
        {
            return answers.Exists(condition);
        }
    }

    private static async Task ReadAsync(IAsyncStreamReader<byte[]> stream, List<RecordingToSfu> answers)
    {
        while (await stream.MoveNext(CancellationToken.None))
        {
            var message = RecordingToSfu.Parser.ParseFrom(stream.Current);
            lock (answers)
            {
                answers.Add(message);
            }
        }
    }
}

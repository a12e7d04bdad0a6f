using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Recording.EndToEnd.Deployments;
using Recording.EndToEnd.Media;
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
        string[] own = ["data", "ledger.jsonl", "spool"];
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(Path.GetFullPath(deployment.DataDirectory))!), entry => !own.Contains(Path.GetFileName(entry), StringComparer.Ordinal));
    }

    [Fact]
    public async Task Bad_packets_batches_and_torn_messages_are_answered_with_their_code_and_every_good_packet_around_them_is_stored()
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync();
        using GrpcChannel channel = GrpcChannel.ForAddress(deployment.Gateway.GrpcAddress);
        using var link = new RawLink(channel.CreateCallInvoker(), new Dictionary<string, uint>(StringComparer.Ordinal) { ["batched"] = 7, ["single"] = 0 });
        await link.HeardAsync("the service registers", static message => message.Register is not null);
        await link.SendAsync(new SfuToRecording
        {
            RegisterResponse = new RecordingServiceRegisterResponse { Success = true, SfuId = "torn", SessionId = 77, Capabilities = { "rtp_batch", "rtp_ack" } },
        });
        await link.SendAsync(Event("torn-room", static _ => new RecordingRoomEvent { RoomCreated = new RoomCreated { Policy = Open() } }));
        foreach (string producer in (string[])["batched", "single"])
        {
            await link.SendAsync(Event("torn-room", _ => new RecordingRoomEvent { ProducerCreated = new ProducerCreated { ProducerId = producer, PeerId = producer, Kind = "audio", Codec = "opus" } }));
            await link.HeardAsync($"{producer} is subscribed", message => message.SubscribeTrack?.ProducerId == producer);
        }

        var media = new HostileMedia();
        await link.SendAsync(HostileMedia.Batch(1, media.Good(), media.Good(payloadType: 45), media.Good()));
        await link.HeardAsync("good packets are durable", static message => message.RtpAck is { TrackHandle: 7, DurableIndex: 3 });

        // What names no track or no index changes nothing.
        await link.IsRefusedAsync(3001, "handle 9", HostileMedia.Batch(1, [media.Bad()], handle: 9));
        await link.IsRefusedAsync(1003, "index 0", HostileMedia.Batch(0, media.Bad()));
        await link.IsRefusedAsync(1003, "index 4", HostileMedia.Batch(4, [], count: 0));
        await link.IsRefusedAsync(1003, "index 4", HostileMedia.Batch(4, [media.Bad()], count: uint.MaxValue));
        await link.IsRefusedAsync(1003, "index 4", HostileMedia.Batch(4, [new byte[40_000], new byte[40_000]]));
        await link.IsRefusedAsync(1003, "index 18446744073709551615", HostileMedia.Batch(ulong.MaxValue, media.Bad()));
        await link.IsRefusedAsync(1003, "rtp_batch", HostileMedia.Packet("batched", media.Bad()));

        // What is bad inside a batch keeps its index, and its neighbours.
        await link.IsRefusedAsync(3003, "not RTP", HostileMedia.Batch(4, media.Good(), media.Bad(), media.Good()));
        await link.IsRefusedAsync(3003, "not RTP", HostileMedia.Torn(7, media.Good(), media.Good(), media.Bad()));
        await link.IsRefusedAsync(3003, "not RTP", HostileMedia.Batch(10, [media.Good()], count: 3));
        await link.SendAsync(HostileMedia.Batch(13, [media.Good(), media.Good()], baseTimeUs: long.MaxValue));

        // A hole that was not declared is asked for again; one that was is passed over.
        await link.SendAsync(HostileMedia.Batch(40, media.Bad()));
        await link.HeardAsync("what is missing is asked for", static message => message.Replay is { TrackHandle: 7, FromIndex: 15 });
        await link.SendAsync(HostileMedia.Batch(15, media.Good()));
        await link.SendAsync(HostileMedia.Batch(20, [media.Good(), media.Good()], lostBefore: 4));

        await link.SendAsync(HostileMedia.Packet("single", media.Good()));
        await link.IsRefusedAsync(3003, "longer than", HostileMedia.Packet("single", media.Oversize()));
        await link.IsRefusedAsync(3003, "not RTP", HostileMedia.Packet("single", media.Bad()));
        await link.IsRefusedAsync(3003, "not RTP", HostileMedia.Packet("single", []));
        await link.SendAsync(HostileMedia.Packet("single", media.Good(payloadType: 45)));

        byte[][] wholes = [HostileMedia.Batch(22, media.Bad()), HostileMedia.Packet("single", media.Bad()), Event("torn-room", static _ => new RecordingRoomEvent { RoomClosed = new RoomClosed() }).ToByteArray()];
        await link.IsRefusedAsync(1003, "", [.. wholes.SelectMany(static whole => Enumerable.Range(1, whole.Length - 1).Select(length => whole[..length]))]);

        await link.HeardAsync("all that is good is durable", static message => message.RtpAck is { TrackHandle: 7, DurableIndex: 21 });
        await link.SendAsync(new SfuToRecording { TrackEnded = new TrackEnded { TrackHandle = 7, LastIndex = 21 } });
        await link.SendAsync(Event("torn-room", static _ => new RecordingRoomEvent { RoomClosed = new RoomClosed() }));
        Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, TimeSpan.FromSeconds(30)));
        Assert.Equal("completed", recording.Status);
        Assert.False(link.Reading.IsCompleted);
        Assert.Equal(media.GoodHashes, TrackContents.Hashes(deployment.DataDirectory));
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

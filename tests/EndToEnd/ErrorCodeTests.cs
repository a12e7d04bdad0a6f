using Grpc.Core;
using Grpc.Net.Client;
using Recording.EndToEnd.Deployments;
using Recording.Model;
using Recording.Protocol.Errors;
using Recording.Protocol.Sfu;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>Codes that no other test sees come over a real connection (the list of all: docs/testing.md).</summary>
public sealed class ErrorCodeTests
{
    // As many as a recording may have, by RoomOptions.
    private const int MostTracks = 1000;
    private static readonly Dictionary<string, uint> NoHandles = new(StringComparer.Ordinal);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_silent_link_a_fenced_one_a_codec_nobody_renders_too_many_rooms_or_tracks_and_a_damaged_document_have_their_codes()
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync(("RECORDING_MAX_ROOMS", "1"), ("RECORDING_OUTPUTS", "none"));
        using GrpcChannel channel = GrpcChannel.ForAddress(deployment.Gateway.GrpcAddress);
        using var silent = new RawLink(channel.CreateCallInvoker(), NoHandles);
        await RegisterAsync(silent, "silent");
        using var older = new RawLink(channel.CreateCallInvoker(), NoHandles);
        await RegisterAsync(older, "twice");
        using var newer = new RawLink(channel.CreateCallInvoker(), NoHandles);
        await RegisterAsync(newer, "twice");
        await older.HeardAsync("the older link is told that it is fenced out", static message => message.Error?.Code == (int)RecordingErrorCode.FencedOut);

        using var link = new RawLink(channel.CreateCallInvoker(), NoHandles);
        await RegisterAsync(link, "full");
        await link.SendAsync(Opened("first", recorded: true));
        await link.SendAsync(Opened("second", recorded: false));
        await link.SendAsync(Producer(0, "speex"));
        await link.HeardAsync("a codec that is only kept raw", static message => Is(message, RecordingErrorCode.UnsupportedCodec, "speex"), Patience);
        await link.HeardAsync("and is recorded all the same", static message => message.SubscribeTrack is { ProducerId: "producer-0" });
        Assert.Equal(RecordingErrorCode.RoomLimit, await CodeOf(deployment.Control.StartRecordingAsync(new Wire.StartRecordingCommand { RoomId = "second", RequesterId = "anybody" })));

        for (int number = 1; number < MostTracks; number++)
        {
            await link.SendAsync(Producer(number, "opus"));
        }

        await link.HeardAsync("the last track that is allowed", static message => message.SubscribeTrack is { ProducerId: "producer-999" }, Patience);
        await link.SendAsync(Producer(MostTracks, "opus"));
        await link.HeardAsync("one track too many", static message => Is(message, RecordingErrorCode.TrackLimit, "1000 tracks"), Patience);

        await silent.HeardAsync("silence ends a link", static message => message.Error?.Code == (int)RecordingErrorCode.HeartbeatLost, Patience);
        await Eventually.HoldsAsync("and it is over", Patience, () => silent.Reading.IsCompleted);
    }

    [Fact]
    public async Task A_job_on_damaged_documents_fails_with_4005()
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync(("RECORDING_OUTPUTS", "none"));
        using GrpcChannel channel = GrpcChannel.ForAddress(deployment.Gateway.GrpcAddress);
        using var link = new RawLink(channel.CreateCallInvoker(), NoHandles);
        await RegisterAsync(link, "damaged");
        await link.SendAsync(Opened("first", recorded: true));
        await link.SendAsync(Producer(0, "opus"));
        await link.HeardAsync("it is recorded", static message => message.SubscribeTrack is not null, Patience);
        await link.SendAsync(Event("first", new RecordingRoomEvent { RoomClosed = new RoomClosed() }));
        Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, Patience));
        await File.WriteAllTextAsync(Path.Combine(deployment.DataDirectory, recording.Prefix, "metadata.json"), "{ torn");
        Wire.Job job = await deployment.Control.CreateJobAsync(new Wire.CreateJobRequest { RecordingId = recording.RecordingId, Kind = "report" });
        await Eventually.HoldsAsync("the job ends", Patience, async () => (job = await deployment.Control.GetJobAsync(new Wire.GetJobRequest { JobId = job.JobId })).Status is "completed" or "failed");
        Assert.Equal((int)RecordingErrorCode.IntegrityCheckFailed, job.Error.Code);
        Assert.Contains("metadata.json is not a valid document", job.Error.Message, StringComparison.Ordinal);
    }

    private static async Task RegisterAsync(RawLink link, string sfu)
    {
        await link.HeardAsync("the service registers", static message => message.Register is not null);
        await link.SendAsync(new SfuToRecording { RegisterResponse = new RecordingServiceRegisterResponse { Success = true, SfuId = sfu } });
    }

    private static SfuToRecording Opened(string room, bool recorded) => Event(room, new RecordingRoomEvent
    {
        RoomCreated = new RoomCreated { Policy = new Protocol.Sfu.RecordingPolicy { Enabled = true, AutoRecord = recorded, WhoCanRecord = "all" } },
    });

    private static SfuToRecording Producer(int number, string codec) =>
        Event("first", new RecordingRoomEvent { ProducerCreated = new ProducerCreated { ProducerId = $"producer-{number}", PeerId = $"peer-{number}", Kind = "audio", Codec = codec } });

    private static SfuToRecording Event(string room, RecordingRoomEvent roomEvent)
    {
        roomEvent.RoomId = room;
        return new SfuToRecording { RoomEvent = roomEvent };
    }

    private static bool Is(RecordingToSfu message, RecordingErrorCode code, string says) =>
        message.Error is { } error && error.Code == (int)code && error.Message.Contains(says, StringComparison.Ordinal);

    private static async Task<RecordingErrorCode> CodeOf<T>(AsyncUnaryCall<T> call) =>
        ErrorDetails.FromRpcException(await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync))!.Code;
}

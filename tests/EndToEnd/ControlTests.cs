using System.Security.Cryptography;
using Grpc.Core;
using Recording.EndToEnd.Deployments;
using Recording.Model;
using Recording.Model.Documents;
using Recording.Protocol.Control;
using Recording.Protocol.Errors;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>What a product's backend does with rooms of a live SFU, and the code of every refusal.</summary>
public sealed class ControlTests
{
    private const string NoVideo = """{"features":{"recording":{"enabled":true,"who_can_record":"all","record_video":false}}}""";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Rooms_are_started_paused_resumed_watched_and_stopped_and_each_refusal_has_its_code()
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync();
        RecordingControl.RecordingControlClient control = deployment.Control;
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(Plan(), [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions());
        using var leaving = new CancellationTokenSource();
        var views = new List<Wire.RoomView>();
        Task watching = WatchAsync(control, "control-1", views, leaving.Token);
        await Eventually.HoldsAsync("the room and who is in it are seen", Patience, () => Seen(views, static view => view.Peers.Count == 2 && view.Producers.Count == 4));

        Assert.Equal(RecordingErrorCode.UnknownRoom, await CodeOf(control.StartRecordingAsync(Start("nowhere", "peer-1"))));
        Assert.Equal(RecordingErrorCode.NoSuchRecording, await CodeOf(control.StopRecordingAsync(new StopRecordingCommand { RoomId = "control-1", RequesterId = "peer-1" })));
        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, await CodeOf(control.StartRecordingAsync(Start("control-1", "peer-2"))));
        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, await CodeOf(control.StartRecordingAsync(Start("control-1", "stranger"))));
        Assert.Equal(RecordingErrorCode.RecordingDisabled, await CodeOf(control.StartRecordingAsync(Start("disabled-1", "peer-1"))));
        Assert.Equal(RecordingErrorCode.RecordingDisabled, await CodeOf(control.StartRecordingAsync(Start("refusing-1", "peer-1"))));
        Wire.StartRecordingCommand videoOnly = Start("control-1", "peer-1");
        videoOnly.PolicyJson = NoVideo;
        videoOnly.Config = new Protocol.Sfu.RecordingConfig { RecordVideo = true };
        Assert.Equal(RecordingErrorCode.MediaTypeDisabled, await CodeOf(control.StartRecordingAsync(videoOnly)));

        long askedAt = TimeProvider.System.GetTimestamp();
        Wire.Recording started = await control.StartRecordingAsync(Start("control-1", "peer-1"));
        Assert.InRange(TimeProvider.System.GetElapsedTime(askedAt), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(("recording", "control-1", "peer-1"), (started.Status, started.RoomId, started.StartedBy));
        string id = started.RecordingId;
        Assert.Equal(RecordingErrorCode.AlreadyRecording, await CodeOf(control.StartRecordingAsync(Start("control-1", "peer-1"))));
        Assert.Equal(RecordingErrorCode.WrongState, await CodeOf(control.ComposeRecordingAsync(new ComposeRecordingRequest { RecordingId = id })));
        Assert.Equal(RecordingErrorCode.NoSuchRecording, await CodeOf(control.PauseRecordingAsync(new RecordingCommand { RoomId = "control-1", RecordingId = "01aaaaaaaaaaaaaaaaaaaaaaaa", RequesterId = "peer-1" })));
        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, await CodeOf(control.PauseRecordingAsync(new RecordingCommand { RoomId = "control-1", RequesterId = "peer-2" })));
        Assert.Equal(RecordingErrorCode.NoSuchRecording, await CodeOf(control.GetRecordingAsync(new GetRecordingRequest { RecordingId = "01aaaaaaaaaaaaaaaaaaaaaaaa" })));
        Assert.Equal(RecordingErrorCode.NotFound, await CodeOf(control.GetJobAsync(new GetJobRequest { JobId = "no-such-job" })));

        Assert.Equal(RecordingErrorCode.WrongState, await RefusalOf(control, new DownloadFileRequest { RecordingId = id, File = "metadata.json" }));

        await Eventually.HoldsAsync("media is being recorded", Patience, () => sfu.Figures.PacketsSent > 50);
        Assert.Equal("paused", (await control.PauseRecordingAsync(new RecordingCommand { RoomId = "control-1", RequesterId = "peer-1" })).Status);
        await Eventually.HoldsAsync("the watcher sees the pause", Patience, () => Seen(views, static view => view.Recording?.Status == "paused"));
        Assert.Equal("recording", (await control.ResumeRecordingAsync(new RecordingCommand { RoomId = "control-1", RecordingId = id, RequesterId = "peer-1" })).Status);
        long resumedAt = sfu.Figures.PacketsSent;
        await Eventually.HoldsAsync("media is being recorded again", Patience, () => sfu.Figures.PacketsSent > resumedAt + 50);

        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, await CodeOf(control.StopRecordingAsync(new StopRecordingCommand { RoomId = "control-1", RequesterId = "peer-2" })));
        Wire.Recording stopped = await control.StopRecordingAsync(new StopRecordingCommand { RoomId = "control-1", RequesterId = "peer-1" });
        Assert.Equal(id, stopped.RecordingId);
        Wire.Recording ended = (await deployment.WhenEndedAsync(2, Patience)).Single(recording => recording.RecordingId == id);
        Assert.Equal("completed", ended.Status);
        Assert.Equal(4, ended.Tracks.Count);
        Assert.All(ended.Tracks, static track => Assert.True(track.Packets > 0));
        await Eventually.HoldsAsync("the watcher sees the end", Patience, () => Seen(views, static view => view.Recording is null, last: true));
        lock (views)
        {
            string[] statuses = [.. views.Select(static view => view.Recording?.Status ?? "none")];
            Assert.Equal(["none", "recording", "paused", "recording", "none"], WithoutRepetition(statuses.Where(static status => status is "none" or "recording" or "paused")));
        }

        Wire.Track track = ended.Tracks[0];
        byte[] whole = await DownloadAsync(control, new DownloadFileRequest { RecordingId = id, File = track.File, RequesterId = "peer-2" });
        Assert.Equal(track.Sha256, Convert.ToHexStringLower(SHA256.HashData(whole)));
        byte[] part = await DownloadAsync(control, new DownloadFileRequest { RecordingId = id, File = track.File, Offset = 100, Length = 50 });
        Assert.Equal(whole[100..150], part);
        MetadataDocument metadata = RecordingDocument.ReadMetadata(await DownloadAsync(control, new DownloadFileRequest { RecordingId = id, File = "metadata.json" }));
        Assert.Equal(RecordingErrorCode.NotAuthorizedToDownload, await RefusalOf(control, new DownloadFileRequest { RecordingId = id, File = track.File, RequesterId = "stranger" }));
        Assert.Equal(RecordingErrorCode.NotFound, await RefusalOf(control, new DownloadFileRequest { RecordingId = id, File = "../../../state/recording/" + id }));
        Assert.Equal(RecordingErrorCode.NoSuchRecording, await RefusalOf(control, new DownloadFileRequest { RecordingId = "01aaaaaaaaaaaaaaaaaaaaaaaa", File = "metadata.json" }));

        // The room's policy asks for a report, and for what nobody can make; the operator's report is the same job.
        await Eventually.HoldsAsync("what the policy asked for is made", Patience, async () => !(await control.GetRecordingAsync(new GetRecordingRequest { RecordingId = id })).Processing);
        Job report = await control.GetJobAsync(new GetJobRequest { JobId = Assert.Single(metadata.Recording.JobIds) });
        Assert.Equal(("report", 0), (report.Kind, report.Priority));
        Assert.NotEmpty(await DownloadAsync(control, new DownloadFileRequest { RecordingId = id, File = "processed/report.json" }));
        Assert.Contains(metadata.Timeline.Events, static entry => entry is { Type: "error", Code: (int)RecordingErrorCode.ProtocolViolation } && entry.Reason!.EndsWith("found \"film\"", StringComparison.Ordinal));

        await leaving.CancelAsync();
        await watching.WaitAsync(Patience);
    }

    private static SimulationPlan Plan()
    {
        SimulationPlan plan = SimulationPlan.Create(
            new RoomShape { Peers = 2, Duration = TimeSpan.FromMinutes(5), RoomPrefix = "control", Synthetic = new TrackMedia.Synthetic(300, 50), SpeakerInterval = null });
        PlannedRoom room = plan.Rooms[0];
        room.Policy!.Outputs.Add(["report", "film"]);
        Protocol.Sfu.RecordingPolicy disabled = room.Policy.Clone();
        disabled.Enabled = false;
        return plan with
        {
            Rooms =
            [
                room,
                room with { RoomId = "disabled-1", Policy = disabled },
                room with { RoomId = "refusing-1", RefuseRecording = "Recording is disabled for this room" },
            ],
        };
    }

    private static Wire.StartRecordingCommand Start(string room, string requester) => new() { RoomId = room, RequesterId = requester };

    private static async Task<byte[]> DownloadAsync(RecordingControl.RecordingControlClient control, DownloadFileRequest request)
    {
        using AsyncServerStreamingCall<FileChunk> call = control.DownloadFile(request);
        using var content = new MemoryStream();
        await foreach (FileChunk chunk in call.ResponseStream.ReadAllAsync())
        {
            chunk.Data.WriteTo(content);
        }

        return content.ToArray();
    }

    private static async Task<RecordingErrorCode> RefusalOf(RecordingControl.RecordingControlClient control, DownloadFileRequest request) =>
        CodeIn(await Assert.ThrowsAsync<RpcException>(() => DownloadAsync(control, request)));

    private static async Task<RecordingErrorCode> CodeOf<T>(AsyncUnaryCall<T> call) =>
        CodeIn(await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync));

    private static RecordingErrorCode CodeIn(RpcException refused)
    {
        RecordingException known = ErrorDetails.FromRpcException(refused) ?? throw new InvalidOperationException("no code in the trailer", refused);
        Assert.Equal(ErrorDetails.StatusOf(known.Code), refused.StatusCode);
        return known.Code;
    }

    private static List<string> WithoutRepetition(IEnumerable<string> statuses)
    {
        var once = new List<string>();
        foreach (string status in statuses)
        {
            if (once.Count == 0 || once[^1] != status)
            {
                once.Add(status);
            }
        }

        return once;
    }

    private static bool Seen(List<Wire.RoomView> views, Predicate<Wire.RoomView> condition, bool last = false)
    {
        lock (views)
        {
            return last ? views.Count > 0 && condition(views[^1]) : views.Exists(condition);
        }
    }

    private static async Task WatchAsync(RecordingControl.RecordingControlClient control, string room, List<Wire.RoomView> views, CancellationToken cancellationToken)
    {
        using AsyncServerStreamingCall<Wire.RoomView> call = control.WatchRoom(new WatchRoomRequest { RoomId = room }, cancellationToken: cancellationToken);
        try
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                lock (views)
                {
                    views.Add(call.ResponseStream.Current);
                }
            }
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Cancelled)
        {
            return;
        }
    }
}

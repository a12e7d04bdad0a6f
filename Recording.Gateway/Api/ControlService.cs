using Google.Protobuf;
using Grpc.Core;
using Recording.Gateway.Sfu.Rooms;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Model;
using Recording.Protocol.Control;
using Recording.Storage;
using RoomView = Recording.Grains.Abstractions.Rooms.RoomView;

namespace Recording.Gateway.Api;

/// <summary>The gRPC face of <see cref="RecordingApplication"/>.</summary>
public sealed class ControlService(RecordingApplication application, RecordingDownloads downloads, CallerAuthentication callers) : RecordingControl.RecordingControlBase
{
    private const int ChunkBytes = 256 << 10;

    /// <inheritdoc />
    public override async Task<Protocol.Control.Recording> StartRecording(StartRecordingCommand request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        RecordingPolicy? policy = request.PolicyJson.Length > 0 ? PolicyJson.Parse(request.PolicyJson) : null;
        RecordingView view = await application.StartAsync(
            caller,
            request.RoomId,
            request.RequesterId,
            policy,
            SfuMapping.Selection(request.Config),
            TimeSpan.FromMilliseconds(request.WaitMs),
            context.CancellationToken);
        return ControlMapping.Recording(view);
    }

    /// <inheritdoc />
    public override async Task<Protocol.Control.Recording> StopRecording(StopRecordingCommand request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        return ControlMapping.Recording(await application.StopAsync(
            caller, request.RoomId, NullIfEmpty(request.RecordingId), request.RequesterId, request.TriggerPostProcessing));
    }

    /// <inheritdoc />
    public override async Task<Protocol.Control.Recording> PauseRecording(RecordingCommand request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        return ControlMapping.Recording(await application.PauseAsync(caller, request.RoomId, NullIfEmpty(request.RecordingId), request.RequesterId));
    }

    /// <inheritdoc />
    public override async Task<Protocol.Control.Recording> ResumeRecording(RecordingCommand request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        return ControlMapping.Recording(await application.ResumeAsync(caller, request.RoomId, NullIfEmpty(request.RecordingId), request.RequesterId));
    }

    /// <inheritdoc />
    public override async Task<Protocol.Control.Recording> GetRecording(GetRecordingRequest request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        return ControlMapping.Recording(await application.GetAsync(caller, request.RecordingId));
    }

    /// <inheritdoc />
    public override async Task<ListRecordingsResponse> ListRecordings(ListRecordingsRequest request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        int limit = request.PageSize == 0 ? 50 : (int)Math.Min(request.PageSize, 500);
        IReadOnlyList<RecordingSummary> page = await application.ListAsync(
            caller, request.RoomId, ControlMapping.Status(request.Status), NullIfEmpty(request.PageToken), limit);
        var response = new ListRecordingsResponse { NextPageToken = page.Count == limit ? page[^1].RecordingId : "" };
        response.Recordings.AddRange(page.Select(ControlMapping.Recording));
        return response;
    }

    /// <inheritdoc />
    public override async Task<Protocol.Control.Recording> SetLegalHold(SetLegalHoldRequest request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        return ControlMapping.Recording(await application.HoldAsync(caller, request.RecordingId, request.Hold));
    }

    /// <inheritdoc />
    public override async Task<Protocol.Control.Recording> DeleteRecording(DeleteRecordingRequest request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        return ControlMapping.Recording(await application.DeleteAsync(caller, request.RecordingId));
    }

    /// <inheritdoc />
    public override async Task<Job> ComposeRecording(ComposeRecordingRequest request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        return ControlMapping.Job(await application.ComposeAsync(caller, request.RecordingId, ControlMapping.Composition(request), request.Priority));
    }

    /// <inheritdoc />
    public override async Task<Job> CreateJob(CreateJobRequest request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        return ControlMapping.Job(await application.CreateJobAsync(caller, request.RecordingId, request.Kind, request.SettingsJson, request.Priority));
    }

    /// <inheritdoc />
    public override async Task<Job> GetJob(GetJobRequest request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        return ControlMapping.Job(await application.GetJobAsync(caller, request.JobId));
    }

    /// <inheritdoc />
    public override async Task<Job> CancelJob(GetJobRequest request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        return ControlMapping.Job(await application.CancelJobAsync(caller, request.JobId));
    }

    /// <inheritdoc />
    public override async Task<Job> RetryJob(GetJobRequest request, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        return ControlMapping.Job(await application.RetryJobAsync(caller, request.JobId));
    }

    /// <inheritdoc />
    public override async Task DownloadFile(DownloadFileRequest request, IServerStreamWriter<FileChunk> responseStream, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        if (request.Offset > long.MaxValue || request.Length > long.MaxValue)
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, "offset and length need to be below 2^63.");
        }

        var range = new ByteRange((long)request.Offset, request.Length == 0 ? null : (long)request.Length);
        await using StoredObject file = await downloads.OpenAsync(
            caller, request.RecordingId, request.File, request.RequesterId, range, context.CancellationToken);
        byte[] buffer = new byte[ChunkBytes];
        var chunk = new FileChunk { FileBytes = (ulong)file.Info.Size };
        int read;
        do
        {
            read = await file.Content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, context.CancellationToken);
            chunk.Data = ByteString.CopyFrom(buffer, 0, read);
            await responseStream.WriteAsync(chunk, context.CancellationToken);
            chunk = new FileChunk();
        }
        while (read == buffer.Length);
    }

    /// <inheritdoc />
    public override async Task WatchRoom(WatchRoomRequest request, IServerStreamWriter<Protocol.Control.RoomView> responseStream, ServerCallContext context)
    {
        CallerIdentity caller = await callers.IdentifyAsync(context.GetHttpContext());
        await foreach (RoomView view in application.WatchAsync(caller, request.RoomId, context.CancellationToken))
        {
            await responseStream.WriteAsync(ControlMapping.Room(view), context.CancellationToken);
        }
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;
}

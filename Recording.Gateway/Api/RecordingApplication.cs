using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;
using Recording.PostProcessing.Outputs;

namespace Recording.Gateway.Api;

/// <summary>What callers can do with recordings; REST and the gRPC control service are two faces of it.</summary>
public sealed class RecordingApplication(IGrainFactory grains, TimeProvider time)
{
    /// <summary>Longest wait for an SFU's answer.</summary>
    public static readonly TimeSpan MaxStartWait = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan DefaultStartWait = TimeSpan.FromSeconds(10);

    // Rooms forget observers that are not renewed within 30 s.
    private static readonly TimeSpan WatchRenewal = TimeSpan.FromSeconds(10);

    /// <summary>Starts a recording and waits until the SFU records, refuses, or the wait is over (then it is still <c>starting</c>).</summary>
    /// <param name="caller">Who calls.</param>
    /// <param name="roomId">The room.</param>
    /// <param name="requesterId">In whose name; empty = the caller's own.</param>
    /// <param name="policy">Policy that came with the request; null = none.</param>
    /// <param name="selection">What to record.</param>
    /// <param name="wait">How long; zero = 10 s, at most 60 s.</param>
    /// <param name="cancellationToken">Ends the wait, not the recording.</param>
    public async Task<RecordingView> StartAsync(
        CallerIdentity caller, string roomId, string requesterId, RecordingPolicy? policy, RecordingSelection selection, TimeSpan wait, CancellationToken cancellationToken)
    {
        IRoomGrain room = grains.GetGrain<IRoomGrain>(Named(roomId, "room_id"));
        Requester requester = caller.For(requesterId, roomId);
        using var outcome = new StartOutcome(time);
        IRoomObserver reference = grains.CreateObjectReference<IRoomObserver>(outcome);
        await room.Watch(reference);
        try
        {
            StartResult start = await room.StartRecording(new StartRecordingCommand
            {
                Requester = requester,
                Policy = policy,
                Selection = selection,
            });
            wait = wait == TimeSpan.Zero ? DefaultStartWait : wait < MaxStartWait ? wait : MaxStartWait;
            long startedAt = time.GetTimestamp();
            for (TimeSpan left = wait; left > TimeSpan.Zero; left = wait - time.GetElapsedTime(startedAt))
            {
                if (await outcome.WaitAsync(start.RecordingId, left < WatchRenewal ? left : WatchRenewal, cancellationToken))
                {
                    break;
                }

                await room.Watch(reference);
            }

            return await GetAsync(caller, start.RecordingId);
        }
        finally
        {
            await room.Unwatch(reference);
            grains.DeleteObjectReference<IRoomObserver>(reference);
        }
    }

    /// <summary>Stops the current recording of a room.</summary>
    public async Task<RecordingView> StopAsync(CallerIdentity caller, string roomId, string? recordingId, string requesterId, bool triggerPostProcessing)
    {
        IRoomGrain room = grains.GetGrain<IRoomGrain>(Named(roomId, "room_id"));
        Requester requester = caller.For(requesterId, roomId);
        string id = recordingId ?? await CurrentRecording(room);
        await room.StopRecording(new StopRecordingCommand { Requester = requester, RecordingId = id, TriggerPostProcessing = triggerPostProcessing });
        return await GetAsync(caller, id);
    }

    /// <summary>Pauses the current recording of a room.</summary>
    public async Task<RecordingView> PauseAsync(CallerIdentity caller, string roomId, string? recordingId, string requesterId)
    {
        IRoomGrain room = grains.GetGrain<IRoomGrain>(Named(roomId, "room_id"));
        Requester requester = caller.For(requesterId, roomId);
        string id = recordingId ?? await CurrentRecording(room);
        await room.PauseRecording(requester, id);
        return await GetAsync(caller, id);
    }

    /// <summary>Resumes the current recording of a room.</summary>
    public async Task<RecordingView> ResumeAsync(CallerIdentity caller, string roomId, string? recordingId, string requesterId)
    {
        IRoomGrain room = grains.GetGrain<IRoomGrain>(Named(roomId, "room_id"));
        Requester requester = caller.For(requesterId, roomId);
        string id = recordingId ?? await CurrentRecording(room);
        await room.ResumeRecording(requester, id);
        return await GetAsync(caller, id);
    }

    /// <summary>One recording; 2003 when there is none of that id.</summary>
    public async Task<RecordingView> GetAsync(CallerIdentity caller, string recordingId)
    {
        RecordingView view = await grains.GetGrain<IRecordingGrain>(Named(recordingId, "recording_id")).GetView()
            ?? throw new RecordingException(RecordingErrorCode.NoSuchRecording, $"There is no recording '{recordingId}'.");
        caller.RequireRoom(view.RoomId);
        if (view.Status is not (RecordingStatus.Starting or RecordingStatus.Recording or RecordingStatus.Paused))
        {
            return view;
        }

        // The room decides; the recording learns of it a little later, and a caller who just paused must not read "recording".
        RoomView? room = await grains.GetGrain<IRoomGrain>(view.RoomId).GetView();
        return room?.RecordingId == recordingId ? view with { Status = room.Status } : view;
    }

    /// <summary>Recordings, newest first, one page.</summary>
    /// <param name="caller">Who calls; a participant must name its room.</param>
    /// <param name="roomId">Only this room; empty = all.</param>
    /// <param name="status">Only this status; null = all.</param>
    /// <param name="before">Only ids lower than this; null = from the newest.</param>
    /// <param name="limit">1..500.</param>
    public async Task<IReadOnlyList<RecordingSummary>> ListAsync(CallerIdentity caller, string roomId, RecordingStatus? status, string? before, int limit)
    {
        caller.RequireRoom(roomId);
        limit = Math.Clamp(limit, 1, 500);
        if (roomId.Length > 0)
        {
            return await grains.GetGrain<IRecordingIndexGrain>(IndexShards.Of(roomId)).List(roomId, status, before, limit);
        }

        RecordingSummary[][] shards = await Task.WhenAll(IndexShards.All.Select(shard => grains.GetGrain<IRecordingIndexGrain>(shard).List(null, status, before, limit)));
        return [.. shards.SelectMany(static shard => shard).OrderByDescending(static summary => summary.RecordingId, StringComparer.Ordinal).Take(limit)];
    }

    /// <summary>Asks for a composite; asking the same twice gives the same job, and one that failed or was cancelled begins anew.</summary>
    public Task<JobView> ComposeAsync(CallerIdentity caller, string recordingId, CompositionSettings settings, int priority = 0) =>
        CreateJobAsync(caller, recordingId, JobParameters.Compose, settings.Validated().ToJson(), priority);

    /// <summary>Asks for any job; asking the same twice gives the same job, and one that failed or was cancelled begins anew.</summary>
    /// <param name="caller">Who calls.</param>
    /// <param name="recordingId">Of what; it must have ended.</param>
    /// <param name="kind">compose, remux, report or transcript.</param>
    /// <param name="parameters">JSON that the kind knows; empty = its defaults.</param>
    /// <param name="priority">-100..100, higher first.</param>
    /// <exception cref="RecordingException">1003: unknown kind or bad parameters, every problem named. 2003: no such recording. 2004: it has not ended.</exception>
    public async Task<JobView> CreateJobAsync(CallerIdentity caller, string recordingId, string kind, string parameters, int priority)
    {
        string normalized = JobParameters.Normalize(kind, parameters);
        RecordingView view = await GetAsync(caller, recordingId);
        if (view.Status is not (RecordingStatus.Completed or RecordingStatus.Interrupted))
        {
            throw new RecordingException(RecordingErrorCode.WrongState, $"The recording is {view.Status.ToString().ToLowerInvariant()}; it can be composed once it is completed or interrupted.");
        }

        if (view.DeletedAtUs > 0)
        {
            throw new RecordingException(RecordingErrorCode.NoSuchRecording, $"Recording '{recordingId}' was deleted.");
        }

        var spec = new JobSpec
        {
            RecordingId = recordingId,
            Prefix = view.Prefix,
            Kind = kind,
            Parameters = normalized,
            Priority = priority,
            RequesterId = caller.Subject,
        };
        IJobGrain grain = grains.GetGrain<IJobGrain>(JobIds.For(spec));
        JobView job = await grain.Create(spec);
        return await WithObstacleAsync(job.Status is JobStatus.Failed or JobStatus.Cancelled ? await grain.Retry() : job);
    }

    /// <summary>Sets or lifts the legal hold of a recording. 5002: a participant asks.</summary>
    public async Task<RecordingView> HoldAsync(CallerIdentity caller, string recordingId, bool isHeld)
    {
        RequireAdmin(caller);
        await grains.GetGrain<IRecordingGrain>(Named(recordingId, "recording_id")).SetLegalHold(isHeld);
        return await GetAsync(caller, recordingId);
    }

    /// <summary>Deletes the files of a recording. 2004: it is not finished, or under legal hold. 5002: a participant asks.</summary>
    public async Task<RecordingView> DeleteAsync(CallerIdentity caller, string recordingId)
    {
        RequireAdmin(caller);
        await grains.GetGrain<IRecordingGrain>(Named(recordingId, "recording_id")).Delete(caller.Subject);
        return await GetAsync(caller, recordingId);
    }

    /// <summary>One job; 4004 when there is none of that id.</summary>
    public async Task<JobView> GetJobAsync(CallerIdentity caller, string jobId)
    {
        JobView job = await grains.GetGrain<IJobGrain>(Named(jobId, "job_id")).GetView()
            ?? throw new RecordingException(RecordingErrorCode.NotFound, $"There is no job '{jobId}'.");
        await GetAsync(caller, job.RecordingId);
        return await WithObstacleAsync(job);
    }

    /// <summary>Ends a job at any time; one that is over stays as it is.</summary>
    public async Task<JobView> CancelJobAsync(CallerIdentity caller, string jobId)
    {
        await GetJobAsync(caller, jobId);
        await grains.GetGrain<IJobGrain>(jobId).Cancel();
        return await GetJobAsync(caller, jobId);
    }

    /// <summary>Begins a failed or cancelled job anew; any other stays as it is.</summary>
    public async Task<JobView> RetryJobAsync(CallerIdentity caller, string jobId)
    {
        await GetJobAsync(caller, jobId);
        return await WithObstacleAsync(await grains.GetGrain<IJobGrain>(jobId).Retry());
    }

    /// <summary>The room now and at each change, until the caller leaves.</summary>
    public async IAsyncEnumerable<RoomView> WatchAsync(CallerIdentity caller, string roomId, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        caller.RequireRoom(roomId);
        IRoomGrain room = grains.GetGrain<IRoomGrain>(Named(roomId, "room_id"));
        var watch = new RoomWatch();
        IRoomObserver reference = grains.CreateObjectReference<IRoomObserver>(watch);
        try
        {
            await room.Watch(reference);
            if (await room.GetView() is { } first)
            {
                yield return first;
            }

            while (!cancellationToken.IsCancellationRequested)
            {
                if (await watch.NextAsync(WatchRenewal, time, cancellationToken) is { } view)
                {
                    yield return view;
                }

                await room.Watch(reference);
            }
        }
        finally
        {
            await room.Unwatch(reference);
            grains.DeleteObjectReference<IRoomObserver>(reference);
        }
    }

    private async Task<JobView> WithObstacleAsync(JobView job) => job.Status is JobStatus.Pending or JobStatus.Running
        ? job with { WaitsFor = await grains.GetGrain<IJobQueueGrain>(JobIds.DefaultQueue).GetObstacle() }
        : job;

    private static async Task<string> CurrentRecording(IRoomGrain room) =>
        (await room.GetView())?.RecordingId
        ?? throw new RecordingException(RecordingErrorCode.NoSuchRecording, $"The room '{room.GetPrimaryKeyString()}' has no recording under way.");

    private static void RequireAdmin(CallerIdentity caller)
    {
        if (caller.Kind == CallerKind.Participant)
        {
            throw new RecordingException(RecordingErrorCode.NotAuthorizedToRecord, "A participant's token neither deletes recordings nor holds them.");
        }
    }

    private static string Named(string id, string field) =>
        id.Length is > 0 and <= 200 ? id : throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"{field} has {id.Length} characters; it needs 1 to 200.");
}

using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Abstractions.Tracks;
using Recording.Model;

namespace Recording.Grains.Recordings;

/// <summary>The neighbours as grains.</summary>
internal sealed class RecordingNeighbours(IGrainFactory grains) : IRecordingNeighbours
{
    public Task<bool> SealTrackAsync(string recordingId, string trackId) => grains.GetGrain<ITrackGrain>($"{recordingId}/{trackId}").Seal();

    public Task<TrackFigures> GetFiguresAsync(string recordingId, string trackId) => grains.GetGrain<ITrackGrain>($"{recordingId}/{trackId}").GetFigures();

    public Task WakeRoomAsync(string roomId, string recordingId) => grains.GetGrain<IRoomGrain>(roomId).Wake(recordingId);

    public Task<RoomView?> GetRoomAsync(string roomId) => grains.GetGrain<IRoomGrain>(roomId).GetView();

    public async Task<bool> RecordingEndedAsync(string roomId, string recordingId, RecordingStatus status)
    {
        var room = grains.GetGrain<IRoomGrain>(roomId);
        await room.RecordingEnded(recordingId, status);
        return await room.HasTails(recordingId);
    }

    public Task PutIndexAsync(RecordingSummary summary) => grains.GetGrain<IRecordingIndexGrain>(IndexShards.Of(summary.RoomId)).Put(summary);

    public Task CreateJobAsync(string jobId, JobSpec spec) => grains.GetGrain<IJobGrain>(jobId).Create(spec);

    public async Task CancelJobsAsync(string recordingId)
    {
        foreach (var job in await grains.GetGrain<IJobQueueGrain>(JobIds.DefaultQueue).JobsOf(recordingId))
        {
            await grains.GetGrain<IJobGrain>(job).Cancel();
        }
    }

    public Task<JobView?> GetJobAsync(string jobId) => grains.GetGrain<IJobGrain>(jobId).GetView();
}

using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Recordings;
using Recording.Model;

namespace Recording.Grains.Tests.Recordings;

/// <summary>Rooms, tracks, jobs and index as the recording sees them; they live on when a process dies.</summary>
internal sealed class TestNeighbours
{
    public HashSet<string> Sealed { get; } = new(StringComparer.Ordinal);

    /// <summary>Tracks that still write when they are told to end.</summary>
    public HashSet<string> StillWriting { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, TrackFigures> Figures { get; } = new(StringComparer.Ordinal);

    public RoomView? Room { get; set; }

    public int Woken { get; private set; }

    /// <summary>How often the room was looked at, which brings it up.</summary>
    public int Visits { get; private set; }

    public List<(string RecordingId, RecordingStatus Status)> Ended { get; } = [];

    /// <summary>An SFU holds packets of a recording that has ended.</summary>
    public bool SfuIsAway { get; set; }

    public RecordingSummary? Indexed { get; private set; }

    public Dictionary<string, JobSpec> Jobs { get; } = new(StringComparer.Ordinal);

    /// <summary>Whose jobs were ended, once for each time.</summary>
    public List<string> Cancelled { get; } = [];

    public JobStatus JobStatus { get; set; } = JobStatus.Completed;

    public IRecordingNeighbours For(ProcessLife life) => new View(this, life);

    private sealed class View(TestNeighbours all, ProcessLife life) : IRecordingNeighbours
    {
        public Task<bool> SealTrackAsync(string recordingId, string trackId) => life.DoAsync(() =>
        {
            all.Sealed.Add(trackId);
            return Task.FromResult(!all.StillWriting.Contains(trackId));
        });

        public Task<TrackFigures> GetFiguresAsync(string recordingId, string trackId) =>
            life.DoAsync(() => Task.FromResult(all.Figures.GetValueOrDefault(trackId) ?? new TrackFigures()));

        public Task WakeRoomAsync(string roomId, string recordingId) => life.DoAsync(() =>
        {
            all.Woken++;
            return Task.CompletedTask;
        });

        public Task<RoomView?> GetRoomAsync(string roomId) => life.DoAsync(() =>
        {
            all.Visits++;
            return Task.FromResult(all.Room);
        });

        public Task<bool> RecordingEndedAsync(string roomId, string recordingId, RecordingStatus status) => life.DoAsync(() =>
        {
            all.Ended.Add((recordingId, status));
            return Task.FromResult(all.SfuIsAway);
        });

        public Task PutIndexAsync(RecordingSummary summary) => life.DoAsync(() =>
        {
            // As the index does: an older activation's late word does not take an end back.
            if (all.Indexed is not { Finished: true } known || summary.Finished || summary.Reopenings > known.Reopenings)
            {
                all.Indexed = summary;
            }

            return Task.CompletedTask;
        });

        public Task CreateJobAsync(string jobId, JobSpec spec) => life.DoAsync(() =>
        {
            all.Jobs[jobId] = spec;
            return Task.CompletedTask;
        });

        public Task CancelJobsAsync(string recordingId) => life.DoAsync(() =>
        {
            all.Cancelled.Add(recordingId);
            return Task.CompletedTask;
        });

        public Task<JobView?> GetJobAsync(string jobId) => life.DoAsync(() => Task.FromResult(all.Jobs.ContainsKey(jobId)
            ? new JobView { JobId = jobId, RecordingId = "", Status = all.JobStatus }
            : null));
    }
}

using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Abstractions.Tracks;
using Recording.Model;

namespace Recording.Grains.Recordings;

/// <summary>The other actors that a recording speaks to.</summary>
internal interface IRecordingNeighbours
{
    /// <summary>Ends a track; true when all it accepted is stored.</summary>
    Task<bool> SealTrackAsync(string recordingId, string trackId);

    /// <summary>Live counters of a track.</summary>
    Task<TrackFigures> GetFiguresAsync(string recordingId, string trackId);

    /// <summary>Wakes the room that should be recording this.</summary>
    Task WakeRoomAsync(string roomId, string recordingId);

    /// <summary>The room, as it knows itself.</summary>
    Task<RoomView?> GetRoomAsync(string roomId);

    /// <summary>Tells the room that it may record again; true = an SFU is still to be told that all is stored.</summary>
    Task<bool> RecordingEndedAsync(string roomId, string recordingId, RecordingStatus status);

    /// <summary>Writes the index entry.</summary>
    Task PutIndexAsync(RecordingSummary summary);

    /// <summary>Creates a job; creating twice is creating once.</summary>
    Task CreateJobAsync(string jobId, JobSpec spec);

    /// <summary>Ends every job of the recording that waits or is worked on.</summary>
    Task CancelJobsAsync(string recordingId);

    /// <summary>A job as it is now; null = no such job.</summary>
    Task<JobView?> GetJobAsync(string jobId);
}

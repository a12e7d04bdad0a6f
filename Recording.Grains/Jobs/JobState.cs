using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Model;

namespace Recording.Grains.Jobs;

/// <summary>What is stored of a job.</summary>
public sealed class JobState
{
    /// <summary>The job; empty = there is none.</summary>
    public string JobId { get; set; } = "";

    /// <summary>What was asked for.</summary>
    public JobSpec? Spec { get; set; }

    /// <summary>Where it stands.</summary>
    public JobStatus Status { get; set; }

    /// <summary>µs since 1970.</summary>
    public long CreatedAtUs { get; set; }

    /// <summary>When the first worker began, µs since 1970; 0 = not yet.</summary>
    public long StartedAtUs { get; set; }

    /// <summary>The graph.</summary>
    public List<JobTask> Tasks { get; set; } = [];

    /// <summary>Files made.</summary>
    public List<RecordingOutput> Outputs { get; set; } = [];

    /// <summary>Tracks that nothing could be made of.</summary>
    public List<JobSkippedTrack> Skipped { get; set; } = [];

    /// <summary>Why it failed.</summary>
    public RecordingErrorCode FailureCode { get; set; }

    /// <summary>Why it failed, for a person.</summary>
    public string FailureMessage { get; set; } = "";

    /// <summary>Last lines of the tool that failed.</summary>
    public string FailureLog { get; set; } = "";

    /// <summary>It is over, taken off the queue, and its intermediate files are removed; when it failed or was cancelled, what it made too.</summary>
    public bool CleanedUp { get; set; }
}

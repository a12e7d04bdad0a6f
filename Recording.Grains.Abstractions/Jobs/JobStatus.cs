namespace Recording.Grains.Abstractions.Jobs;

/// <summary>State of a job.</summary>
public enum JobStatus
{
    /// <summary>No worker has begun.</summary>
    Pending,

    /// <summary>Under way.</summary>
    Running,

    /// <summary>Outputs are published.</summary>
    Completed,

    /// <summary>Three attempts failed.</summary>
    Failed,

    /// <summary>Ended on request.</summary>
    Cancelled,
}

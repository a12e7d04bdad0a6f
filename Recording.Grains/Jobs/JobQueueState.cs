using Recording.Grains.Abstractions.Jobs;

namespace Recording.Grains.Jobs;

/// <summary>What is stored of a queue: every task that is not done, leased or not.</summary>
public sealed class JobQueueState
{
    /// <summary>In the order they came.</summary>
    public List<QueuedTask> Tasks { get; set; } = [];

    /// <summary>Jobs that are not over, whether or not a task of theirs waits: the queue sees to it that they go on after a crash.</summary>
    public List<string> Jobs { get; set; } = [];

    /// <summary>Recordings of those jobs, by job.</summary>
    public Dictionary<string, string> Recordings { get; set; } = new(StringComparer.Ordinal);
}

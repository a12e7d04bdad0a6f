namespace Recording.Grains.Jobs;

/// <summary>Patience with workers.</summary>
public sealed class JobOptions
{
    /// <summary>A worker that does not report for so long has lost its task.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts at a task, the first included.</summary>
    public int Attempts { get; set; } = 3;

    /// <summary>Wait before the second attempt; doubled before each further one.</summary>
    public TimeSpan FirstBackoff { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a job tries again to reach its queue, its recording and the store.</summary>
    public TimeSpan RetryPeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often a job offers its unfinished tasks again, in case that its queue lost some.</summary>
    public TimeSpan OfferPeriod { get; set; } = TimeSpan.FromSeconds(60);
}

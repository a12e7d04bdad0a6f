namespace Recording.Grains.Abstractions.Jobs;

/// <summary>Where a job keeps its files.</summary>
public static class JobFiles
{
    /// <summary>Key prefix of what one task leaves for another; removed when the job is over.</summary>
    /// <param name="prefix">The recording's, with a trailing slash.</param>
    /// <param name="jobId">The job.</param>
    public static string WorkPrefix(string prefix, string jobId) => $"{prefix}processed/jobs/{jobId}/tasks/";
}

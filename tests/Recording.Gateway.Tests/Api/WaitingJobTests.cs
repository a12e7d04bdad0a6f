using NSubstitute;
using Recording.Grains.Abstractions.Jobs;
using Recording.Protocol.Control;

namespace Recording.Gateway.Tests.Api;

/// <summary>A job for which there are no workers says so to whoever looks at it.</summary>
public sealed class WaitingJobTests
{
    private const string Obstacle = "no worker asked for a task for 30 s";

    [Theory]
    [InlineData(JobStatus.Pending, Obstacle)]
    [InlineData(JobStatus.Running, Obstacle)]
    [InlineData(JobStatus.Completed, "")]
    [InlineData(JobStatus.Cancelled, "")]
    public async Task A_job_that_is_not_over_says_why_nothing_of_it_goes_on(JobStatus status, string expected)
    {
        await using ApiHost host = await ApiHost.StartAsync(null);
        JobView view = new() { JobId = "job", RecordingId = "rec", Status = status };
        host.Job.GetView().Returns(view);
        host.Job.Retry().Returns(view);
        host.Job.Create(Arg.Any<JobSpec>()).Returns(view);
        host.Queue.GetObstacle().Returns(Obstacle);
        Assert.Equal(expected, (await host.Control.GetJobAsync(new GetJobRequest { JobId = "job" })).WaitsFor);
        Assert.Equal(expected, (await host.Control.CreateJobAsync(new CreateJobRequest { RecordingId = "rec", Kind = "report" })).WaitsFor);
        Assert.Equal(expected, (await host.Control.CancelJobAsync(new GetJobRequest { JobId = "job" })).WaitsFor);
        Assert.Equal(expected, (await host.Control.RetryJobAsync(new GetJobRequest { JobId = "job" })).WaitsFor);
    }
}

using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Recordings;
using Recording.Grains.Tests.Tracks;
using Recording.Model;

namespace Recording.Grains.Tests.Recordings;

/// <summary>Which jobs a recording gets when it has ended: from the stop, from the policy, from the operator.</summary>
public sealed class RecordingJobsTests
{
    internal static Dictionary<string, StandingJob> JobsByOutput { get; } = new(StringComparer.Ordinal)
    {
        [OutputNames.Report] = new StandingJob("report", ""),
        [OutputNames.Composite] = new StandingJob("compose", DefaultComposition.Settings),
        [OutputNames.Tracks] = new StandingJob("remux", ""),
    };

    [Fact]
    public async Task Every_recording_with_media_gets_its_standing_jobs_and_waits_for_none_of_them() => await TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        recording.Options.StandingJobs = [new StandingJob("report", ""), new StandingJob("compose", DefaultComposition.Settings)];
        await recording.PrepareStoppedAsync();
        var process = recording.Begin();
        await CompletionTests.DriveAsync(recording, process);

        Assert.True(process.Run.IsDone);
        Assert.Equal(["compose", "report"], recording.Neighbours.Jobs.Values.Select(static job => job.Kind).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal("compose", recording.Neighbours.Jobs[Assert.Single((await recording.MetadataAsync()).Recording.JobIds)].Kind);
        Assert.Equal(-10, recording.Neighbours.Jobs.Values.Single(static job => job.Kind == "report").Priority);
    });

    [Fact]
    public async Task What_the_policy_names_is_waited_for_and_whoever_else_wants_the_same_gets_the_same_job() => await TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        recording.Options.JobsByOutput = JobsByOutput;
        recording.Options.StandingJobs = [.. JobsByOutput.Values.Where(static job => job.Kind is "report" or "compose")];
        recording.Neighbours.JobStatus = JobStatus.Running;
        await recording.PrepareStoppedAsync(compose: true, "composite", "tracks", "film", "tracks");
        var process = recording.Begin();
        await CompletionTests.DriveAsync(recording, process);

        Assert.True(process.Run.IsProcessing);
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        Assert.Equal(
            ["compose 0 ann", "remux 0 policy", "report -10 system"],
            recording.Neighbours.Jobs.Values.Select(static job => $"{job.Kind} {job.Priority} {job.RequesterId}").Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        var metadata = await recording.MetadataAsync();
        Assert.Equal(["compose", "remux"], metadata.Recording.JobIds.Select(id => recording.Neighbours.Jobs[id].Kind), StringComparer.Ordinal);
        Assert.Equal(["composite", "tracks", "film", "tracks"], metadata.PolicySnapshot.Outputs, StringComparer.Ordinal);

        recording.Neighbours.JobStatus = JobStatus.Completed;
        await CompletionTests.DriveAsync(recording, process);
        Assert.True(process.Run.IsDone);
    });

    [Fact]
    public async Task A_recording_without_media_gets_nothing_of_what_its_policy_names() => await TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        recording.Options.JobsByOutput = JobsByOutput;
        var process = recording.Begin();
        RecordingLifecycle.Open(process.State, TestRecording.Opening with { Policy = RecordingPolicy.Default with { Outputs = ["composite"] }, Room = TestRecording.Opening.Room with { Policies = [] } });
        RecordingLifecycle.Started(process.State, TestTrack.StartUs);
        RecordingLifecycle.Stop(process.State, TestRecording.StopAfter(TimeSpan.FromSeconds(1)), recording.NowUs);
        process.Writer.Changed();
        await CompletionTests.DriveAsync(recording, process);

        Assert.True(process.Run.IsDone);
        Assert.Empty(recording.Neighbours.Jobs);
        Assert.Empty((await recording.MetadataAsync()).Recording.JobIds);
    });
}

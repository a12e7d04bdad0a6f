using Recording.Grains.Tests.Tracks;
using Recording.Model;
using Recording.Model.Documents;
using Recording.Storage;

namespace Recording.Grains.Tests.Recordings;

/// <summary>
/// Every operation between stop and terminal state is a point at which the process may die, freeze, or get a second runner beside it: each call of the
/// store, of a neighbour, and each commit of the state. The end is always that of a run that nothing disturbed, byte for byte.
/// </summary>
public sealed class CrashPointTests
{
    /// <summary>So many points at least are between stop and end; a loop that saw fewer has not been through them.</summary>
    private const int PointsAtLeast = 50;

    private static readonly (ulong, ulong, ulong) All = (TestTrack.Epoch, 1, 300);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_that_dies_at_any_point_leads_to_the_same_end(bool afterEffect)
    {
        var undisturbed = await UndisturbedAsync();
        var points = await AtEveryPointAsync(async (recording, point) =>
        {
            var process = recording.Begin(new ProcessLife(point, afterEffect));
            await CompletionTests.DriveAsync(recording, process);
            if (process.Life.IsDead && recording.Neighbours.Indexed is not { Finished: true })
            {
                // As the index does, which drives what it does not take for finished.
                await CompletionTests.DriveAsync(recording, recording.Begin());
            }

            await AssertSameAsync(undisturbed, recording);
            return process.Life.IsDead;
        });
        Assert.True(points >= PointsAtLeast, $"only {points} points");
    }

    [Fact]
    public async Task A_second_runner_that_begins_at_any_point_makes_the_same_end()
    {
        var undisturbed = await UndisturbedAsync();
        var points = await AtEveryPointAsync(async (recording, point) =>
        {
            var first = recording.Begin();
            var second = recording.Begin();
            var leading = CompletionTests.DriveAsync(recording, first);
            while (!leading.IsCompleted && first.Life.Operations < point)
            {
                await Task.Yield();
            }

            var isMet = !leading.IsCompleted;
            await Task.WhenAll(leading, CompletionTests.DriveAsync(recording, second));
            if (!first.Run.IsDone && !second.Run.IsDone)
            {
                await CompletionTests.DriveAsync(recording, recording.Begin());
            }

            await AssertSameAsync(undisturbed, recording);
            return isMet;
        });
        Assert.True(points >= PointsAtLeast, $"only {points} points");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_runner_that_froze_at_any_point_and_comes_back_after_the_end_changes_nothing(bool lateSegment)
    {
        var undisturbed = await UndisturbedAsync(lateSegment);
        var points = await AtEveryPointAsync(async (recording, point) =>
        {
            var frozen = recording.Begin(new ProcessLife(freezesAt: point));
            var freezing = CompletionTests.DriveAsync(recording, frozen);
            await Task.WhenAny(freezing, frozen.Life.Frozen);
            var isMet = !freezing.IsCompleted;
            if (lateSegment && isMet && recording.State.Tracks[0].Phase < Grains.Recordings.State.TrackPhase.Complete)
            {
                // The runner that takes over has another list than the frozen one.
                await recording.PutSegmentAsync("ann-audio", 301, 50, activation: "late");
            }
            else if (lateSegment)
            {
                frozen.Life.Thaw();
                await freezing;
                return false;
            }

            if (isMet)
            {
                await CompletionTests.DriveAsync(recording, recording.Begin());
            }

            frozen.Life.Thaw();
            await freezing;
            await AssertSameAsync(undisturbed, recording, lateSegment ? 350UL : 300UL);
            return isMet;
        });
        Assert.True(points >= (lateSegment ? 15 : PointsAtLeast), $"only {points} points");
    }

    /// <summary>Runs a body with a fresh recording at point 1, 2, ... until it says that the point lies behind the end.</summary>
    private static async Task<int> AtEveryPointAsync(Func<TestRecording, int, Task<bool>> body)
    {
        for (var point = 1; ; point++)
        {
            Assert.InRange(point, 1, 1_000);
            var isMet = false;
            await TestRecording.OnSchedulerAsync(async () =>
            {
                var recording = await PrepareAsync();
                try
                {
                    isMet = await body(recording, point);
                }
                catch (Xunit.Sdk.XunitException e)
                {
                    throw new InvalidOperationException($"At point {point}: {e.Message}", e);
                }
            });
            if (!isMet)
            {
                return point - 1;
            }
        }
    }

    /// <summary>Jobs come from three sides: the stop, the policy, the operator.</summary>
    private static async Task<TestRecording> PrepareAsync()
    {
        var recording = new TestRecording();
        recording.Options.JobsByOutput = RecordingJobsTests.JobsByOutput;
        recording.Options.StandingJobs = [RecordingJobsTests.JobsByOutput["report"], RecordingJobsTests.JobsByOutput["composite"]];
        await recording.PrepareStoppedAsync(compose: true, "composite", "tracks");
        return recording;
    }

    private static async Task<Snapshot> UndisturbedAsync(bool lateSegment = false)
    {
        Snapshot? end = null;
        await TestRecording.OnSchedulerAsync(async () =>
        {
            var recording = await PrepareAsync();
            if (lateSegment)
            {
                await recording.PutSegmentAsync("ann-audio", 301, 50, activation: "late");
            }

            await CompletionTests.DriveAsync(recording, recording.Begin());
            end = await SnapshotAsync(recording);
        });
        return end!;
    }

    private static async Task AssertSameAsync(Snapshot expected, TestRecording recording, ulong last = 300)
    {
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", (TestTrack.Epoch, 1, last));
        await recording.AssertPacketsAsync("bob-audio", All);
        var actual = await SnapshotAsync(recording);
        Assert.Equal(3, actual.Jobs.Length);
        Assert.Equal(expected.Jobs, actual.Jobs);
        Assert.Equal(expected.Ended, actual.Ended);
        Assert.Equal(expected.Files, actual.Files);
        Assert.Equal(expected.Events, actual.Events);
    }

    private static async Task<Snapshot> SnapshotAsync(TestRecording recording)
    {
        // A file's name tells how often its list changed on the way, metadata.json tells the name: the content has to be the same.
        var contents = await recording.ContentsAsync();
        var metadata = await recording.MetadataAsync();
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, hash) in contents.Where(static c => c.Key != RecordingDocument.MetadataFile))
        {
            files[RecordingKeys.TryParseTrackFile(name, out var track, out _) && name.StartsWith("tracks/", StringComparison.Ordinal) ? track : name] = hash;
        }

        return new Snapshot(
            files,
            [.. recording.Neighbours.Jobs.Select(static job => $"{job.Key} {job.Value.Kind} {job.Value.Priority}").Order(StringComparer.Ordinal)],
            [.. recording.Neighbours.Ended.Distinct().Select(static e => $"{e.RecordingId} {e.Status}")],
            [.. metadata.Timeline.Events.Select(static e => e.Type), metadata.Status, metadata.Recording.TerminalEventId!, $"{metadata.Room.DurationSeconds}"]);
    }

    private sealed record Snapshot(SortedDictionary<string, string> Files, string[] Jobs, string[] Ended, string[] Events);
}

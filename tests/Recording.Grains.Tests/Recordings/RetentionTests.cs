using System.Security.Cryptography;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Recordings;
using Recording.Grains.Tests.Tracks;
using Recording.Model;
using Recording.Model.Documents;
using Recording.Storage;

namespace Recording.Grains.Tests.Recordings;

public sealed class RetentionTests
{
    private const long DayUs = 86_400_000_000;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(30, 30)]
    [InlineData(int.MaxValue, 1_000_000)]
    public Task An_ended_recording_expires_after_the_days_of_its_last_policy(int days, long expected) => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await EndedAsync(days);
        var expires = RecordingLifecycle.Summary(recording.State).ExpiresAtUs;
        Assert.Equal(expected == 0 ? 0 : recording.State.EndedAtUs + (expected * DayUs), expires);
    });

    [Fact]
    public Task A_live_recording_and_one_under_legal_hold_do_not_expire() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await EndedAsync(30);
        var process = recording.Begin();
        Assert.True(RecordingLifecycle.Hold(process.State, true));
        Assert.False(RecordingLifecycle.Hold(process.State, true));
        Assert.Equal(0, RecordingLifecycle.ExpiresAtUs(process.State));
        var refused = Assert.Throws<RecordingException>(() => RecordingLifecycle.Delete(process.State, "admin", false, recording.NowUs));
        Assert.Equal(RecordingErrorCode.WrongState, refused.Code);
        Assert.Contains("legal hold", refused.Message, StringComparison.Ordinal);
        Assert.True(RecordingLifecycle.Hold(process.State, false));
        Assert.NotEqual(0, RecordingLifecycle.ExpiresAtUs(process.State));

        var live = new TestRecording();
        await live.PrepareStoppedAsync();
        Assert.Equal(0, RecordingLifecycle.ExpiresAtUs(live.State));
        Assert.Equal(RecordingErrorCode.WrongState, Assert.Throws<RecordingException>(() => RecordingLifecycle.Delete(live.State, "admin", false, 1)).Code);
    });

    [Fact]
    public Task A_recording_that_jobs_read_is_not_deleted() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await EndedAsync(1);
        Assert.Equal(RecordingErrorCode.WrongState, Assert.Throws<RecordingException>(() => RecordingLifecycle.Delete(recording.State, "admin", isProcessing: true, 1)).Code);
    });

    [Fact]
    public Task Deletion_ends_the_jobs_takes_the_files_of_the_manifest_and_of_jobs_and_nothing_else_and_leaves_a_tombstone() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await EndedAsync(1);
        await recording.Memory.PutAsync(TestRecording.Prefix + "notes.txt", new byte[] { 1 });
        await recording.Memory.PutAsync(TestRecording.Prefix + "processed/jobs/j/tasks/chunk-0.json", new byte[] { 1 });
        await recording.Memory.PutAsync(TestRecording.Prefix + "processed/report.html", new byte[] { 1 });
        var process = recording.Begin();
        await DeleteAsync(recording, process);

        Assert.True(process.Run.IsDone);
        Assert.Equal([TestRecording.RecordingId], recording.Neighbours.Cancelled);
        Assert.Equal(["metadata.json", "notes.txt"], (await recording.ContentsAsync()).Keys, StringComparer.Ordinal);
        var tombstone = await recording.MetadataAsync();
        Assert.Equal(DocumentTime.FromMicroseconds(recording.State.DeletedAtUs), tombstone.DeletedAt);
        Assert.Equal("admin", tombstone.DeletedBy);
        Assert.Equal("completed", tombstone.Status);
        Assert.Empty(tombstone.Integrity.Files);
        Assert.Empty(tombstone.Outputs);
        Assert.All(tombstone.Participants.SelectMany(static p => p.Tracks), static t => Assert.Null(t.File));
        Assert.Empty(await TestRecording.SchemaErrorsAsync("metadata", (await recording.ReadAsync(RecordingKeys.Metadata(TestRecording.Prefix)))!));
        Assert.True(recording.Neighbours.Indexed is { DeletedAtUs: > 0, Finished: true, ExpiresAtUs: 0, Bytes: 0 });
        Assert.Equal(RecordingErrorCode.NoSuchRecording, Assert.Throws<RecordingException>(
            () => RecordingLifecycle.AddOutput(recording.State, new RecordingOutput { File = "f", Kind = "k", Bytes = 1 })).Code);
        Assert.Equal(RecordingErrorCode.NoSuchRecording, Assert.Throws<RecordingException>(() => RecordingLifecycle.Spooled(recording.State, "ann-audio", 1, 1)).Code);
        Assert.False(RecordingLifecycle.Delete(recording.State, "again", false, 1));
    });

    [Fact]
    public Task Every_file_of_a_package_is_in_the_documents_counted_and_deleted() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await EndedAsync(1);
        var process = recording.Begin();
        byte[][] contents = [[1], [1, 2], [1, 2, 3]];
        string[] files = ["processed/jobs/j/hls/master.m3u8", "processed/jobs/j/hls/media.m3u8", "processed/jobs/j/hls/segment-00000.m4s"];
        var hashes = contents.Select(static content => Convert.ToHexStringLower(SHA256.HashData(content))).ToArray();
        foreach (var (file, content) in files.Zip(contents))
        {
            await recording.Memory.PutAsync(TestRecording.Prefix + file, content);
        }

        var bytes = RecordingLifecycle.BytesOf(process.State);
        var output = new RecordingOutput
        {
            File = files[0],
            Kind = "composite",
            Bytes = 1,
            Sha256 = hashes[0],
            JobId = "j",
            Parts = [new OutputPart("media.m3u8", 2, hashes[1]), new OutputPart("segment-00000.m4s", 3, hashes[2])],
        };
        Assert.True(RecordingLifecycle.AddOutput(process.State, output));
        Assert.False(RecordingLifecycle.AddOutput(process.State, output with { Parts = [.. output.Parts] }));
        Assert.True(RecordingLifecycle.AddOutput(process.State, output with { Parts = [.. output.Parts[..1], output.Parts[1] with { Bytes = 9 }] }));
        Assert.True(RecordingLifecycle.AddOutput(process.State, output));
        Assert.Equal(6, RecordingLifecycle.BytesOf(process.State) - bytes);
        Assert.Empty(files.Select(static file => TestRecording.Prefix + file).Except(RecordingLifecycle.Manifest(process.State), StringComparer.Ordinal));
        process.Writer.Changed();
        await process.Writer.CommitAsync();
        await process.Timeline.LoadAsync(true, CancellationToken.None);
        await process.Run.WriteMetadataAsync(CancellationToken.None);

        // Every hash of the integrity section against what is stored, and nothing beside it.
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        var metadata = await recording.MetadataAsync();
        Assert.Equal(["media.m3u8", "segment-00000.m4s"], Assert.Single(metadata.Outputs).Parts!.Select(static part => part.Name), StringComparer.Ordinal);

        await DeleteAsync(recording, process);
        Assert.Equal(["metadata.json"], (await recording.ContentsAsync()).Keys, StringComparer.Ordinal);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_at_any_point_of_a_deletion_leads_to_the_same_tombstone(bool afterEffect)
    {
        var points = 0;
        for (var crashed = true; crashed; points++)
        {
            Assert.InRange(points, 0, 100);
            await TestRecording.OnSchedulerAsync(async () =>
            {
                var recording = await EndedAsync(1);
                var decided = recording.Begin();
                await DecideAsync(recording, decided);
                var process = recording.Begin(new ProcessLife(points + 1, afterEffect));
                await CompletionTests.DriveAsync(recording, process);
                crashed = process.Life.IsDead;
                if (recording.Neighbours.Indexed is not { Finished: true, DeletedAtUs: > 0 })
                {
                    await CompletionTests.DriveAsync(recording, recording.Begin());
                }

                Assert.True(recording.State.Purged);
                Assert.Equal(["metadata.json"], (await recording.ContentsAsync()).Keys, StringComparer.Ordinal);
                Assert.NotNull((await recording.MetadataAsync()).DeletedAt);
            });
        }

        Assert.True(points >= 8, $"only {points} points");
    }

    private static async Task DeleteAsync(TestRecording recording, TestRecording.Activation process)
    {
        await DecideAsync(recording, process);
        await CompletionTests.DriveAsync(recording, process);
    }

    private static async Task DecideAsync(TestRecording recording, TestRecording.Activation process)
    {
        Assert.True(RecordingLifecycle.Delete(process.State, "admin", isProcessing: false, recording.NowUs));
        process.Writer.Changed();
        await process.Writer.CommitAsync();
    }

    private static async Task<TestRecording> EndedAsync(int days)
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        var process = recording.Begin();
        var policy = RecordingPolicy.Default with { RetentionDays = days };
        process.State.Room = process.State.Room with { Policies = [.. process.State.Room.Policies, new PolicyChange(TestTrack.StartUs, "policy_updated", policy)] };
        await CompletionTests.DriveAsync(recording, process);
        Assert.True(process.Run.IsDone);
        return recording;
    }
}

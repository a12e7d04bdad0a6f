using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Jobs;
using Recording.Grains.Recordings;
using Recording.Grains.Recordings.Check;
using Recording.Grains.Rooms.State;
using Recording.Grains.State.Options;
using Recording.Grains.Tests.Tracks;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Tests.Recordings;

/// <summary><c>recording fsck</c>: what it finds, mends, removes, and leaves alone.</summary>
public sealed class StoreCheckTests
{
    private const string StateKey = "state/recording/" + TestRecording.RecordingId;
    private const string Foreign = "rooms/r/01arz3ndektsv4rrffq69g5fzz/";
    private static readonly string Shard = IndexShards.Of(TestRecording.RoomId);
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(30_000));
    private readonly Uploads _uploads = new();

    [Fact]
    public Task A_store_in_order_has_no_findings() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        var report = await CheckAsync(recording);
        Assert.Empty(report.Findings);
        Assert.Equal((1, 0, 0), (report.Recordings, report.Unfinished, report.FaultsLeft));
    });

    [Fact]
    public Task A_recording_that_is_not_finished_is_told_of_and_never_touched() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        await StoreStateAsync(recording);
        _uploads.Left.Add(new UnfinishedUpload(TestRecording.Prefix + "tracks/ann-audio.rtp", "u1", DateTimeOffset.UnixEpoch));
        await recording.Memory.PutAsync(TestRecording.Prefix + "tracks/ann-audio.rtp", new byte[5]);
        var before = recording.Memory.Keys;
        var report = await CheckAsync(recording, repair: true, remove: true);
        Assert.Equal(StoreFindingKind.Unfinished, Assert.Single(report.Findings).Kind);
        Assert.Equal(0, report.FaultsLeft);
        Assert.Equal(before, recording.Memory.Keys);
        Assert.Single(_uploads.Left);
    });

    [Fact]
    public Task Files_that_are_missing_or_cut_are_found() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        await recording.Memory.DeleteAsync(TestRecording.Prefix + "tracks/ann-audio.rtp");
        await recording.Memory.PutAsync(TestRecording.Prefix + "policy.json", new byte[3]);
        var report = await CheckAsync(recording, repair: true, remove: true);
        Assert.Equal(
            [TestRecording.Prefix + "policy.json", TestRecording.Prefix + "tracks/ann-audio.rtp"],
            report.Findings.Where(static f => f.Kind == StoreFindingKind.MissingFile).Select(static f => f.Key).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.Equal(2, report.FaultsLeft);
    });

    [Fact]
    public Task Orphans_are_found_and_removed_only_on_request() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        string[] orphans =
        [
            TestRecording.Prefix + "segments/ann-audio/SEALED",
            TestRecording.Prefix + "segments/ann-audio/" + TestRecording.Key(1, 50).FileName,
            TestRecording.Prefix + "tracks/ann-audio.r7.rtp",
            Foreign + "segments/x-audio/" + TestRecording.Key(1, 5).FileName,
            Foreign + "metadata.json",
            "state/room/gone",
        ];
        foreach (var key in orphans)
        {
            await recording.Memory.PutAsync(key, "null"u8.ToArray());
        }

        _uploads.Left.Add(new UnfinishedUpload(Foreign + "tracks/x.rtp", "u1", DateTimeOffset.UnixEpoch));
        _uploads.Left.Add(new UnfinishedUpload(Foreign + "tracks/y.rtp", "u2", _time.GetUtcNow()));
        var looked = await CheckAsync(recording);
        Assert.Equal(orphans.Append(Foreign + "tracks/x.rtp").Order(StringComparer.Ordinal), looked.Findings.Select(static f => f.Key).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal(7, looked.FaultsLeft);
        Assert.All(orphans, key => Assert.NotNull(recording.Memory[key]));

        var removed = await CheckAsync(recording, remove: true);
        Assert.Equal(0, removed.FaultsLeft);
        Assert.All(orphans, key => Assert.Null(recording.Memory[key]));
        Assert.Equal("u2", Assert.Single(_uploads.Left).UploadId);
        Assert.Empty((await CheckAsync(recording)).Findings);
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
    });

    [Fact]
    public Task States_of_rooms_that_closed_long_ago_are_orphans_and_those_of_open_ones_are_not() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        var json = new ObjectStoreGrainStorageOptions().Json;
        var closed = new RoomState { RoomId = "closed", Links = { ["id:a"] = new LinkState { Up = true } } };
        var open = new RoomState { RoomId = "open", Links = { ["id:a"] = new LinkState { RoomOpen = true } } };
        await recording.Memory.PutAsync("state/room/closed", JsonSerializer.SerializeToUtf8Bytes(closed, json));
        await recording.Memory.PutAsync("state/room/open", JsonSerializer.SerializeToUtf8Bytes(open, json));
        await recording.Memory.PutAsync("state/room/unreadable", "{"u8.ToArray());
        Assert.Equal("state/room/closed", Assert.Single((await CheckAsync(recording, remove: true)).Findings).Key);
        Assert.Null(recording.Memory["state/room/closed"]);
        Assert.NotNull(recording.Memory["state/room/open"]);
    });

    [Fact]
    public Task What_is_young_may_be_just_beginning() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        await recording.Memory.PutAsync(Foreign + "segments/x-audio/" + TestRecording.Key(1, 5).FileName, new byte[5]);
        _time.SetUtcNow(DateTimeOffset.UnixEpoch.AddDays(30_000));
        var report = await new StoreCheck(recording.Memory, _uploads, _time).RunAsync(
            new StoreCheckOptions { RemoveOrphans = true, MinimumAge = TimeSpan.FromDays(40_000) }, CancellationToken.None);
        Assert.Empty(report.Findings);
        Assert.Contains(recording.Memory.Keys, static k => k.StartsWith(Foreign, StringComparison.Ordinal));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task An_index_that_is_gone_or_unreadable_is_written_anew(bool gone) => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        var index = recording.Memory.Keys.Single(static k => k.StartsWith("state/recordingindex/", StringComparison.Ordinal));
        if (gone)
        {
            await recording.Memory.DeleteAsync(index);
        }
        else
        {
            await recording.Memory.PutAsync(index, "{\"Entries\": [{"u8.ToArray());
        }

        var looked = await CheckAsync(recording);
        Assert.Contains(looked.Findings, static f => f.Kind == StoreFindingKind.NotIndexed);
        Assert.Equal(!gone, looked.Findings.Any(static f => f.Kind == StoreFindingKind.DamagedIndex));
        Assert.Equal(0, (await CheckAsync(recording, repair: true)).FaultsLeft);
        Assert.Empty((await CheckAsync(recording)).Findings);
        var reread = new RecordingIndex(recording.Memory, Shard);
        await reread.LoadAsync(CancellationToken.None);
        Assert.Equal(RecordingLifecycle.Summary(recording.State), Assert.Single(reread.List(null, null, null, 10)));
    });

    [Fact]
    public Task An_index_entry_without_a_recording_is_taken_out() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        var index = new RecordingIndex(recording.Memory, Shard);
        await index.PutAsync(RecordingLifecycle.Summary(recording.State) with { RecordingId = "01arz3ndektsv4rrffq69g5fzz" }, CancellationToken.None);
        Assert.Equal(StoreFindingKind.IndexWithoutRecording, Assert.Single((await CheckAsync(recording)).Findings).Kind);
        Assert.Equal(0, (await CheckAsync(recording, repair: true)).FaultsLeft);
        Assert.Empty((await CheckAsync(recording)).Findings);
    });

    [Fact]
    public Task A_state_that_cannot_be_read_is_told_of_and_its_files_are_kept() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        await recording.Memory.PutAsync(StateKey, "{"u8.ToArray());
        var before = recording.Memory.Keys;
        var report = await CheckAsync(recording, repair: true, remove: true);
        Assert.Equal(StoreFindingKind.DamagedState, Assert.Single(report.Findings).Kind);
        Assert.Equal(before, recording.Memory.Keys);
    });

    [Fact]
    public Task Segments_beside_a_complete_track_are_given_to_the_service_to_be_added() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        await recording.PutSegmentAsync("ann-audio", 301, 50, activation: "zombie");
        Assert.Equal(StoreFindingKind.LateSegments, Assert.Single((await CheckAsync(recording, remove: true)).Findings).Kind);
        Assert.Equal(0, (await CheckAsync(recording, repair: true)).FaultsLeft);

        recording.Stored.Replace(recording.Memory[StateKey]!);
        Assert.Equal(RecordingPhase.Reassembling, RecordingLifecycle.PhaseOf(recording.State));
        var index = new RecordingIndex(recording.Memory, Shard);
        await index.LoadAsync(CancellationToken.None);
        Assert.Single(index.Unfinished);
        await CompletionTests.DriveAsync(recording, recording.Begin());
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", (TestTrack.Epoch, 1, 350));
    });

    private static async Task<TestRecording> DeletedAsync()
    {
        var recording = await StoredAsync();
        var process = recording.Begin();
        RecordingLifecycle.Delete(process.State, "admin", false, recording.NowUs);
        process.Writer.Changed();
        await process.Writer.CommitAsync();
        await CompletionTests.DriveAsync(recording, process);
        await StoreStateAsync(recording);
        return recording;
    }

    [Fact]
    public Task A_deleted_recording_misses_nothing() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await DeletedAsync();
        var report = await CheckAsync(recording);
        Assert.Empty(report.Findings);
        Assert.Equal(1, report.Deleted);
    });

    [Fact]
    public Task What_a_killed_worker_stored_for_a_deleted_recording_is_an_orphan() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await DeletedAsync();
        const string left = TestRecording.Prefix + "processed/composite.mp4";
        await recording.Memory.PutAsync(left, new byte[5]);
        Assert.Equal((StoreFindingKind.OrphanedFile, left), (await CheckAsync(recording)).Findings.Select(static f => (f.Kind, f.Key)).Single());
        Assert.Equal(0, (await CheckAsync(recording, remove: true)).FaultsLeft);
        Assert.Null(recording.Memory[left]);
    });

    [Fact]
    public Task Segments_of_a_package_belong_to_it_and_are_missed_when_they_are_gone() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        var process = recording.Begin();
        const string folder = "processed/jobs/j/hls/";
        RecordingLifecycle.AddOutput(process.State, new RecordingOutput
        {
            File = folder + "master.m3u8",
            Kind = "composite",
            Bytes = 4,
            Parts = [new OutputPart("segment-00000.m4s", 5, "")],
        });
        process.Writer.Changed();
        await process.Writer.CommitAsync();
        await StoreStateAsync(recording);
        await recording.Memory.PutAsync(TestRecording.Prefix + folder + "master.m3u8", new byte[4]);
        await recording.Memory.PutAsync(TestRecording.Prefix + folder + "segment-00000.m4s", new byte[5]);
        Assert.Empty((await CheckAsync(recording, remove: true)).Findings);
        await recording.Memory.DeleteAsync(TestRecording.Prefix + folder + "segment-00000.m4s");
        Assert.Equal(
            (StoreFindingKind.MissingFile, TestRecording.Prefix + folder + "segment-00000.m4s"),
            (await CheckAsync(recording, remove: true)).Findings.Select(static f => (f.Kind, f.Key)).Single());
    });

    [Fact]
    public Task What_jobs_left_that_no_output_names_is_an_orphan_and_what_one_names_is_not() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        await AddOutputAsync(recording, "processed/report.json");
        await recording.Memory.PutAsync(TestRecording.Prefix + "processed/report.json", new byte[4]);
        string[] left = [.. new[] { "jobs/j/speakers/ann.wav", "tracks/ann-audio.mkv", "tracks/ann-audio.ogg", "tracks/ann-video.webm" }.Select(static file => $"{TestRecording.Prefix}processed/{file}")];
        foreach (var key in left)
        {
            await recording.Memory.PutAsync(key, new byte[5]);
        }

        await PutJobAsync(recording, TestRecording.RecordingId, JobStatus.Cancelled);
        await PutJobAsync(recording, "another", JobStatus.Running);
        var looked = await CheckAsync(recording);
        Assert.Equal(left, looked.Findings.Select(static f => f.Key), StringComparer.Ordinal);
        Assert.All(looked.Findings, static f => Assert.Equal((StoreFindingKind.OrphanedFile, 5L), (f.Kind, f.Bytes)));
        Assert.All(left, key => Assert.NotNull(recording.Memory[key]));
        Assert.Equal(0, (await CheckAsync(recording, remove: true)).FaultsLeft);
        Assert.All(left, key => Assert.Null(recording.Memory[key]));
        Assert.NotNull(recording.Memory[TestRecording.Prefix + "processed/report.json"]);
        Assert.Empty((await CheckAsync(recording)).Findings);
    });

    [Fact]
    public Task Files_of_jobs_are_no_orphans_while_one_may_be_unfinished_or_they_are_young() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        const string left = TestRecording.Prefix + "processed/tracks/ann-audio.mkv";
        await recording.Memory.PutAsync(left, new byte[5]);
        await PutJobAsync(recording, TestRecording.RecordingId, JobStatus.Running);
        Assert.Empty((await CheckAsync(recording, remove: true)).Findings);
        await recording.Memory.PutAsync("state/job/" + TestRecording.RecordingId, "{"u8.ToArray());
        Assert.Empty((await CheckAsync(recording, remove: true)).Findings);
        await recording.Memory.DeleteAsync("state/job/" + TestRecording.RecordingId);
        var patient = new StoreCheckOptions { RemoveOrphans = true, MinimumAge = TimeSpan.FromDays(40_000) };
        Assert.Empty((await new StoreCheck(recording.Memory, _uploads, _time).RunAsync(patient, CancellationToken.None)).Findings);
        Assert.Equal(left, Assert.Single((await CheckAsync(recording, remove: true)).Findings).Key);
    });

    [Fact]
    public Task An_output_that_is_handed_over_during_the_check_is_kept() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await StoredAsync();
        const string file = TestRecording.Prefix + "processed/report.json";
        await recording.Memory.PutAsync(file, new byte[4]);
        var isHandedOver = false;
        recording.Memory.Before = async (operation, key, _) =>
        {
            if (operation == "list" && key == "state/job/" && !isHandedOver)
            {
                isHandedOver = true;
                await AddOutputAsync(recording, "processed/report.json");
            }
        };
        Assert.Empty((await CheckAsync(recording, remove: true)).Findings);
        Assert.True(isHandedOver);
        Assert.NotNull(recording.Memory[file]);
    });

    private static async Task AddOutputAsync(TestRecording recording, string file)
    {
        var process = recording.Begin();
        RecordingLifecycle.AddOutput(process.State, new RecordingOutput { File = file, Kind = "report", Bytes = 4 });
        process.Writer.Changed();
        await process.Writer.CommitAsync();
        await StoreStateAsync(recording);
    }

    private static async Task PutJobAsync(TestRecording recording, string recordingId, JobStatus status)
    {
        var job = new JobState
        {
            JobId = recordingId,
            Spec = new JobSpec { RecordingId = recordingId, Prefix = "rooms/r/" + recordingId + "/", Kind = "remux", Parameters = "{}" },
            Status = status,
        };
        await recording.Memory.PutAsync("state/job/" + recordingId, JsonSerializer.SerializeToUtf8Bytes(job, new ObjectStoreGrainStorageOptions().Json));
    }

    private Task<StoreCheckReport> CheckAsync(TestRecording recording, bool repair = false, bool remove = false) =>
        new StoreCheck(recording.Memory, _uploads, _time).RunAsync(new StoreCheckOptions { Repair = repair, RemoveOrphans = remove }, CancellationToken.None);

    private static async Task<TestRecording> StoredAsync()
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        await CompletionTests.DriveAsync(recording, recording.Begin());
        await StoreStateAsync(recording);
        return recording;
    }

    /// <summary>State and index entry where the service has them.</summary>
    private static async Task StoreStateAsync(TestRecording recording)
    {
        await recording.Memory.PutAsync(StateKey, JsonSerializer.SerializeToUtf8Bytes(recording.State, new ObjectStoreGrainStorageOptions().Json));
        await new RecordingIndex(recording.Memory, Shard).PutAsync(RecordingLifecycle.Summary(recording.State), CancellationToken.None);
    }

    private sealed class Uploads : IUnfinishedUploads
    {
        public List<UnfinishedUpload> Left { get; } = [];

        public IAsyncEnumerable<UnfinishedUpload> ListUnfinishedAsync(string prefix, CancellationToken cancellationToken = default) => Left.ToArray().ToAsyncEnumerable();

        public Task AbortAsync(UnfinishedUpload upload, CancellationToken cancellationToken = default)
        {
            Left.Remove(upload);
            return Task.CompletedTask;
        }
    }
}

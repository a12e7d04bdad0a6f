using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.TestingHost;
using Recording.Grains.Abstractions;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Recordings;
using Recording.Grains.Recordings.Check;
using Recording.Grains.Recordings.Hosting;
using Recording.Grains.Rooms;
using Recording.Grains.State.Hosting;
using Recording.Grains.Tests.Doubles;
using Recording.Grains.Tests.Tracks;
using Recording.Grains.Tracks;
using Recording.Media.TrackFiles;
using Recording.Model;
using Recording.Model.Documents;
using Recording.Storage;

namespace Recording.Grains.Tests.Recordings;

/// <summary>Recordings as grains, with real rooms, tracks, jobs and index beside them.</summary>
public sealed class RecordingGrainTests : IAsyncLifetime
{
    private const string Room = "room-1";
    private const string TrackId = "ann-audio";
    private const long RoomQuota = 10_000_000;
    private readonly MemoryObjectStore _store = new();
    private readonly string _id = RecordingId.Mint(DateTimeOffset.UtcNow, RandomNumberGenerator.GetBytes(RecordingId.EntropyBytes));
    private InProcessTestCluster _cluster = null!;

    private string Prefix => $"rooms/{Room}/{_id}/";

    private IRecordingGrain Grain => _cluster.Client.GetGrain<IRecordingGrain>(_id);

    private IRecordingIndexGrain Index => _cluster.Client.GetGrain<IRecordingIndexGrain>(IndexShards.Of(Room));

    private RecordingOpening Opening => TestRecording.Opening with { RecordingId = _id, RoomId = Room, Prefix = Prefix };

    public Task InitializeAsync() => DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task A_recording_goes_from_opening_to_a_complete_file()
    {
        await Grain.Open(Opening);
        await Grain.Open(Opening);
        Assert.Equal(RecordingStatus.Starting, (await Grain.GetView())!.Status);
        await Grain.Started(TestTrack.StartUs);
        await Grain.AddTrack(TestRecording.Track(TrackId));
        await RecordAsync(300);
        await Polling.Until(async () => await Grain.AddTimeline(1, TestRecording.Events), static stored => stored == TestRecording.Events.Length);
        Assert.Equal(RecordingStatus.Recording, (await Grain.GetView())!.Status);
        var live = RecordingDocument.ReadMetadata(await WaitForAsync(RecordingKeys.Metadata(Prefix)));
        Assert.Equal("recording", live.Status);

        await Grain.TrackDrained(TrackId, TestTrack.Epoch, 300);
        await Grain.Stop(TestRecording.StopAfter(TimeSpan.FromSeconds(7), compose: true));
        var view = await Polling.Until(Grain.GetView, static v => v is { Status: RecordingStatus.Completed, JobIds.Length: 1 });
        Assert.Equal(64, Assert.Single(view!.Tracks).Sha256.Length);
        Assert.Equal("stopped", view.EndedBecause);
        await Polling.Until(() => Index.List(Room, RecordingStatus.Completed, null, 10), static l => l is [{ Finished: true }]);

        var job = _cluster.Client.GetGrain<IJobGrain>(view.JobIds[0]);
        Assert.Equal(_id, (await Polling.Until(job.GetView, static j => j is not null))!.RecordingId);
        Assert.True((await Grain.GetView())!.Processing);
        await job.Cancel();
        await Polling.Until(Grain.GetView, static v => v is { Processing: false });
        await Polling.Until(() => !_store.Keys.Any(k => k.StartsWith(RecordingKeys.Segments(Prefix), StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_comes_after_the_end_is_refused_or_dropped_and_outputs_are_taken()
    {
        await Grain.Open(Opening);
        await Grain.Started(TestTrack.StartUs);
        await Grain.Stop(TestRecording.StopAfter(TimeSpan.FromSeconds(1)));
        await Polling.Until(Grain.GetView, static v => v is { Status: RecordingStatus.Completed });

        Assert.Equal(RecordingErrorCode.WrongState, (await Assert.ThrowsAsync<RecordingException>(() => Grain.AddTrack(TestRecording.Track("late-audio")))).Code);
        Assert.Equal(12, await Grain.AddTimeline(9, TestRecording.Events));
        await Grain.TrackDrained("late-audio", 1, 1);
        await Grain.AddOutput(new RecordingOutput { File = "processed/composite.mp4", Kind = "composite", Bytes = 5, DurationSeconds = 1, Sha256 = new string('a', 64), JobId = "j" });

        var metadata = RecordingDocument.ReadMetadata(_store[RecordingKeys.Metadata(Prefix)]);
        Assert.Equal("processed/composite.mp4", Assert.Single(metadata.Outputs).File);
        Assert.Contains(metadata.Integrity.Files, static f => f.File == "processed/composite.mp4");
        Assert.DoesNotContain(metadata.Timeline.Events, static e => e.Type == "peer_joined");
    }

    [Fact]
    public async Task Opening_while_the_store_is_down_fails_with_4001_and_leaves_nothing()
    {
        _store.Break();
        Assert.Equal(RecordingErrorCode.StoreUnavailable, (await Assert.ThrowsAsync<RecordingException>(() => Grain.Open(Opening))).Code);
        _store.Repair();
        Assert.Null(await Grain.GetView());
        await Grain.Open(Opening);
        Assert.Equal(RecordingStatus.Starting, (await Grain.GetView())!.Status);
    }

    [Fact]
    public async Task Opening_whose_state_cannot_be_written_fails_with_4001_and_can_be_repeated()
    {
        _store.Before = static (operation, key, _) => operation == "put" && key.StartsWith("state/recording/", StringComparison.Ordinal)
            ? throw new RecordingException(RecordingErrorCode.StoreUnavailable, "down")
            : Task.CompletedTask;
        Assert.Equal(RecordingErrorCode.StoreUnavailable, (await Assert.ThrowsAsync<RecordingException>(() => Grain.Open(Opening))).Code);
        Assert.Null(await Grain.GetView());
        _store.Repair();
        await Grain.Open(Opening);
        Assert.NotNull(await Grain.GetView());
    }

    [Fact]
    public async Task A_command_that_failed_is_stored_when_it_is_repeated()
    {
        await Grain.Open(Opening);
        _store.Break();
        Assert.Equal(RecordingErrorCode.StoreUnavailable, (await Assert.ThrowsAsync<RecordingException>(() => Grain.Started(TestTrack.StartUs))).Code);
        _store.Repair();
        await Grain.Started(TestTrack.StartUs);
        await RestartAsync();
        Assert.Equal(TestTrack.StartUs, (await Grain.GetView())!.StartedAtUs);
    }

    [Fact]
    public async Task A_recording_that_no_room_knows_after_a_restart_ends_as_interrupted_by_itself()
    {
        await Grain.Open(Opening);
        await Grain.Started(TestTrack.StartUs);
        await Grain.AddTrack(TestRecording.Track(TrackId));
        await RecordAsync(300);
        await Grain.TrackDrained(TrackId, TestTrack.Epoch, 300);
        await RestartAsync();

        // Nobody calls it: the index does.
        await Polling.Until(() => Index.List(Room, null, null, 10), static l => l is [{ Finished: true, Status: RecordingStatus.Interrupted }]);
        var view = (await Grain.GetView())!;
        Assert.Equal(TestTrack.StartUs + (300 * 20_000), view.EndedAtUs);
        Assert.Equal(300 - (300 / 13), Assert.Single(view.Tracks).Packets);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_live_recording_whose_index_is_gone_or_unreadable_is_found_and_finished_after_a_restart(bool unreadable)
    {
        await Grain.Open(Opening);
        await Grain.Started(TestTrack.StartUs);
        await Grain.AddTrack(TestRecording.Track(TrackId));
        await RecordAsync(300);
        await Grain.TrackDrained(TrackId, TestTrack.Epoch, 300);
        await _cluster.DisposeAsync();
        foreach (var key in _store.Keys.Where(static k => k.StartsWith("state/recordingindex/", StringComparison.Ordinal)))
        {
            await (unreadable ? _store.PutAsync(key, "not json"u8.ToArray()) : _store.DeleteAsync(key));
        }

        await DeployAsync();
        await Polling.Until(() => Index.List(Room, null, null, 10), static l => l is [{ Finished: true, Status: RecordingStatus.Interrupted }]);
        Assert.Equal(300 - (300 / 13), Assert.Single((await Grain.GetView())!.Tracks).Packets);
    }

    [Fact]
    public async Task A_recording_that_was_repaired_in_the_store_beside_it_is_read_again()
    {
        await CompleteAsync();

        var header = TestTrack.Header.Clone();
        header.TrackId = TrackId;
        await _store.PutAsync(
            RecordingKeys.Segment(Prefix, TrackId, TestRecording.Key(301, 50, activation: "zombie")),
            (byte[])[.. TrackSection.Encode(header.ToByteArray()), .. TestTrack.DataBlock(301, 50, TestTrack.Epoch)]);
        var report = await new StoreCheck(_store, null, TimeProvider.System).RunAsync(new StoreCheckOptions { Repair = true }, CancellationToken.None);
        Assert.Equal(StoreFindingKind.LateSegments, Assert.Single(report.Findings).Kind);

        // As the index does each minute, once it has read itself again.
        await Polling.Until(
            async () =>
            {
                await Grain.Drive();
                return await Grain.GetView();
            },
            static view => view is { Tracks: [{ Packets: > 300 }] });
        Assert.Contains(_store.Keys, key => key.StartsWith($"{Prefix}tracks/{TrackId}.r", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_spool_that_is_brought_after_the_end_is_added_by_the_grains()
    {
        await CompleteAsync();
        var sha256 = Assert.Single((await Grain.GetView())!.Tracks).Sha256;

        await Grain.TrackSpooled(TrackId, TestTrack.Epoch);
        var track = _cluster.Client.GetGrain<ITrackGrain>($"{_id}/{TrackId}");
        await track.Deliver(TestTrack.Opening(301) with { RecordingId = _id, Prefix = Prefix, TrackId = TrackId, IsLate = true });
        await track.Deliver(TestTrack.Batch(301, 100));
        await track.Flush();
        await Polling.Until(() => track.Deliver(TestTrack.Empty(401)), static r => r.StoredIndex == 400);
        await Grain.TrackDrained(TrackId, TestTrack.Epoch, 400);
        await Polling.Until(() => Index.List(Room, null, null, 10), static l => l is [{ Finished: true, Reopenings: 1 }]);
        var view = (await Grain.GetView())!;
        Assert.Equal(RecordingStatus.Completed, view.Status);
        Assert.Equal(400 - (400 / 13), Assert.Single(view.Tracks).Packets);
        Assert.NotEqual(sha256, view.Tracks[0].Sha256, StringComparer.Ordinal);
        await Polling.Until(() => !_store.Keys.Any(k => k.StartsWith(RecordingKeys.Segments(Prefix), StringComparison.Ordinal)));
        Assert.DoesNotContain($"{Prefix}tracks/{TrackId}.rtp", _store.Keys, StringComparer.Ordinal);
        Assert.Contains(Prefix + view.Tracks[0].File, _store.Keys, StringComparer.Ordinal);
    }

    [Fact]
    public async Task What_is_held_is_kept_and_what_is_let_go_is_deleted_and_not_listed_any_more()
    {
        await Grain.Open(Opening);
        await Grain.Started(TestTrack.StartUs);
        Assert.Equal(RecordingErrorCode.WrongState, (await Assert.ThrowsAsync<RecordingException>(() => Grain.Delete("admin"))).Code);
        await Grain.Stop(TestRecording.StopAfter(TimeSpan.FromSeconds(1)));
        await Polling.Until(() => Index.List(Room, null, null, 10), static l => l is [{ Finished: true }]);

        await Grain.SetLegalHold(true);
        Assert.True(RecordingDocument.ReadMetadata(_store[RecordingKeys.Metadata(Prefix)]).LegalHold);
        Assert.Equal(RecordingErrorCode.WrongState, (await Assert.ThrowsAsync<RecordingException>(() => Grain.Delete("admin"))).Code);
        await Grain.SetLegalHold(false);
        await Grain.Delete("admin");
        await Grain.Delete("admin");
        await Polling.Until(() => Index.List(Room, null, null, 10), static l => l.Length == 0);
        await Polling.Until(() => !_store.Keys.Contains(RecordingKeys.Timeline(Prefix), StringComparer.Ordinal));
        Assert.NotNull(RecordingDocument.ReadMetadata(_store[RecordingKeys.Metadata(Prefix)]).DeletedAt);
        Assert.True((await Grain.GetView())!.DeletedAtUs > 0);
        Assert.Contains(_id, await Index.Known(), StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_sweep_deletes_what_its_policy_lets_go_and_leaves_the_rest()
    {
        // Ended in 2023, so one day is over long ago.
        await Grain.Open(Opening with { Room = Opening.Room with { Policies = [new PolicyChange(TestTrack.StartUs, "room_created", RecordingPolicy.Default with { RetentionDays = 1 })] } });
        await Grain.Started(TestTrack.StartUs);
        var kept = RecordingId.Mint(DateTimeOffset.UtcNow, RandomNumberGenerator.GetBytes(RecordingId.EntropyBytes));
        var other = _cluster.Client.GetGrain<IRecordingGrain>(kept);
        await other.Open(Opening with { RecordingId = kept, Prefix = $"rooms/{Room}/{kept}/" });
        await other.Started(TestTrack.StartUs);
        await Grain.Stop(TestRecording.StopAfter(TimeSpan.FromSeconds(1)));
        await other.Stop(TestRecording.StopAfter(TimeSpan.FromSeconds(1)));
        await Polling.Until(() => Index.List(Room, null, null, 10), static l => l.All(static e => e.Finished));
        await RestartAsync();
        await Polling.Until(() => Index.List(Room, null, null, 10), l => l is [var left] && left.RecordingId == kept);
        await Polling.Until(() => RecordingDocument.ReadMetadata(_store[RecordingKeys.Metadata(Prefix)]).DeletedBy == "retention");
        Assert.Null(RecordingDocument.ReadMetadata(_store[RecordingKeys.Metadata($"rooms/{Room}/{kept}/")]).DeletedAt);
    }

    [Fact]
    public async Task A_room_that_has_used_up_its_quota_is_refused_with_2005_and_others_are_not()
    {
        var full = RecordingId.Mint(DateTimeOffset.UtcNow, RandomNumberGenerator.GetBytes(RecordingId.EntropyBytes));
        await Index.Put(new RecordingSummary { RecordingId = full, RoomId = Room, Prefix = "rooms/x/", Status = RecordingStatus.Completed, Finished = true, Bytes = RoomQuota });
        Assert.Equal(RecordingErrorCode.RoomLimit, (await Assert.ThrowsAsync<RecordingException>(() => Grain.Open(Opening))).Code);
        Assert.Null(await Grain.GetView());
        var id = RecordingId.Mint(DateTimeOffset.UtcNow, RandomNumberGenerator.GetBytes(RecordingId.EntropyBytes));
        await _cluster.Client.GetGrain<IRecordingGrain>(id).Open(Opening with { RecordingId = id, RoomId = "elsewhere", Prefix = $"rooms/elsewhere/{id}/" });
        await Index.Put(new RecordingSummary { RecordingId = full, RoomId = Room, Prefix = "rooms/x/", Status = RecordingStatus.Completed, Finished = true, DeletedAtUs = 1 });
        await Grain.Open(Opening);
    }

    [Fact]
    public async Task An_index_entry_without_a_recording_is_dropped_once_it_is_old()
    {
        var old = RecordingId.Mint(DateTimeOffset.UtcNow.AddHours(-1), RandomNumberGenerator.GetBytes(RecordingId.EntropyBytes));
        await Index.Put(new RecordingSummary { RecordingId = old, RoomId = Room, Prefix = "rooms/x/", Status = RecordingStatus.Starting });
        await Index.Arm();
        await Polling.Until(() => Index.List(Room, null, null, 10), static l => l.Length == 0);
    }

    private async Task DeployAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IObjectStore>(_store);
            silo.Services.AddSerializer(serializer => serializer.AddRecordingModel());
            silo.UseInMemoryReminderService();
            silo.AddObjectStoreGrainStorage();
            silo.AddTracks();
            silo.AddRooms();
            silo.AddRecordings(static options =>
            {
                options.SfuGrace = TimeSpan.FromSeconds(1);
                options.RetryDelay = TimeSpan.FromMilliseconds(50);
                options.MaxRetryDelay = TimeSpan.FromMilliseconds(200);
                options.DriveInterval = TimeSpan.FromMilliseconds(50);
                options.TimelineInterval = TimeSpan.FromMilliseconds(50);
                options.ConcludeDelay = TimeSpan.FromMilliseconds(100);
                options.RoomQuotaBytes = RoomQuota;
            });
        });
        builder.ConfigureClient(client =>
        {
            client.Services.AddSerializer(serializer => serializer.AddRecordingModel());
            client.AddRecordingExceptions();
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    private async Task RestartAsync()
    {
        await _cluster.DisposeAsync();
        await DeployAsync();
    }

    private async Task CompleteAsync()
    {
        await Grain.Open(Opening);
        await Grain.Started(TestTrack.StartUs);
        await Grain.AddTrack(TestRecording.Track(TrackId));
        await RecordAsync(300);
        await Grain.TrackDrained(TrackId, TestTrack.Epoch, 300);
        await Grain.Stop(TestRecording.StopAfter(TimeSpan.FromSeconds(7)));
        await Polling.Until(() => Index.List(Room, null, null, 10), static l => l is [{ Finished: true }]);
    }

    private async Task RecordAsync(int packets)
    {
        var track = _cluster.Client.GetGrain<ITrackGrain>($"{_id}/{TrackId}");
        await track.Deliver(TestTrack.Opening() with { RecordingId = _id, Prefix = Prefix, TrackId = TrackId });
        await track.Deliver(TestTrack.Batch(1, packets));
        await track.Flush();
        await Polling.Until(() => track.Deliver(TestTrack.Empty((ulong)packets + 1)), r => r.StoredIndex == (ulong)packets);
    }

    private async Task<byte[]> WaitForAsync(string key)
    {
        await Polling.Until(() => _store.Keys.Contains(key, StringComparer.Ordinal));
        return _store[key]!;
    }
}

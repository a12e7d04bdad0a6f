using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Recordings;
using Recording.Grains.Recordings.State;
using Recording.Grains.Tests.Tracks;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Tests.Recordings;

public sealed class CompletionTests
{
    private static readonly (ulong, ulong, ulong) All = (TestTrack.Epoch, 1, 300);

    [Fact]
    public Task A_stopped_recording_becomes_one_file_a_track_with_valid_documents() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        var process = recording.Begin();
        await DriveAsync(recording, process);

        Assert.True(process.Run.IsDone);
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", All);
        await recording.AssertPacketsAsync("bob-audio", All);
        var job = Assert.Single(recording.Neighbours.Jobs);
        Assert.Equal("compose", job.Value.Kind);
        var metadata = await recording.MetadataAsync();
        Assert.Equal([job.Key], metadata.Recording.JobIds);
        Assert.Equal(7, metadata.Room.DurationSeconds);
        Assert.Equal(["ann", "bob"], metadata.Participants.Select(static p => p.PeerId), StringComparer.Ordinal);
        var track = Assert.Single(metadata.Participants[0].Tracks);
        Assert.Equal("final", track.Figures);
        Assert.Equal(300 - (300 / 13), track.Packets);
        Assert.Equal([TestTrack.Ssrc], track.Ssrcs);
        Assert.Equal(111, Assert.Single(track.PayloadTypes).Pt);
        Assert.Empty(track.Gaps);
        Assert.Equal(-500, metadata.Timeline.Events[0].T);
        Assert.DoesNotContain(metadata.Timeline.Events, static e => e.Type == "active_speaker");
    });

    [Fact]
    public async Task A_crash_at_every_step_in_turn_still_ends() => await TestRecording.OnSchedulerAsync(async () =>
    {
        // Each process lives a little longer than the one before, so that the work between two commits fits in at last.
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        for (var lifetime = 1; ; lifetime++)
        {
            Assert.InRange(lifetime, 1, 200);
            var process = recording.Begin(new ProcessLife(lifetime, afterEffect: lifetime % 2 == 0));
            await DriveAsync(recording, process);
            if (process.Run.IsDone)
            {
                break;
            }
        }

        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", All);
        Assert.Single(recording.Neighbours.Jobs);
    });

    [Fact]
    public Task A_vanished_segment_is_tried_again_and_then_listed_as_a_gap() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        var process = recording.Begin();
        recording.Memory.Before = (operation, key, _) =>
        {
            // Listed, and gone before it is read.
            if (operation == "get" && key.EndsWith(TestRecording.Key(201, 100).FileName, StringComparison.Ordinal) && key.Contains("ann", StringComparison.Ordinal))
            {
                recording.Memory.Before = null;
                return recording.Memory.DeleteAsync(key, CancellationToken.None);
            }

            return Task.CompletedTask;
        };
        await process.PassAsync();
        Assert.Equal(RecordingStatus.Stopping, recording.State.Status);
        Assert.Equal(3, recording.State.Tracks[0].Segments.Count);
        await DriveAsync(recording, process);

        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", (TestTrack.Epoch, 1, 210));
        await recording.AssertPacketsAsync("bob-audio", All);
        var track = (await recording.MetadataAsync()).Participants[0].Tracks[0];
        Assert.Equal(4003, track.ErrorCode);
        Assert.Contains(track.Gaps, static g => g is { Reason: "missing", FirstIndex: 201, LastIndex: 300 });
    });

    [Fact]
    public Task A_segment_that_comes_back_in_time_is_not_given_up() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        var process = recording.Begin();
        var key = RecordingKeys.Segment(TestRecording.Prefix, "ann-audio", TestRecording.Key(201, 100));
        recording.Memory.Before = (operation, name, _) => operation == "get" && name == key ? recording.Memory.DeleteAsync(key, CancellationToken.None) : Task.CompletedTask;
        await process.PassAsync();
        recording.Memory.Before = null;
        await recording.PutSegmentAsync("ann-audio", 201, 100);
        await DriveAsync(recording, process);

        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", All);
        Assert.Null((await recording.MetadataAsync()).Participants[0].Tracks[0].ErrorCode);
    });

    [Fact]
    public Task A_segment_replaced_by_a_larger_one_after_the_listing_costs_nothing() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        var key = RecordingKeys.Segment(TestRecording.Prefix, "ann-audio", TestRecording.Key(201, 100));
        recording.Memory.Before = async (operation, name, _) =>
        {
            if (operation == "get" && name == key)
            {
                recording.Memory.Before = null;
                await recording.PutSegmentAsync("ann-audio", 101, 200, activation: "merge");
                await recording.Memory.DeleteAsync(key, CancellationToken.None);
            }
        };
        await DriveAsync(recording, recording.Begin());
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", All);
    });

    [Fact]
    public Task A_damaged_segment_costs_its_damaged_block_only() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        var key = RecordingKeys.Segment(TestRecording.Prefix, "ann-audio", TestRecording.Key(201, 100));
        var content = recording.Memory[key]!.ToArray();
        content[^10] ^= 0x40;
        await recording.Memory.PutAsync(key, content);
        await DriveAsync(recording, recording.Begin());

        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", (TestTrack.Epoch, 1, 250));
        var track = (await recording.MetadataAsync()).Participants[0].Tracks[0];
        Assert.Equal(4005, track.ErrorCode);
        Assert.Contains(track.Gaps, static g => g is { Reason: "damaged", FirstIndex: 201, LastIndex: 300 });
    });

    [Fact]
    public Task A_track_whose_packets_wait_for_the_store_is_not_ended_when_the_grace_is_over() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        var process = recording.Begin();
        RecordingLifecycle.Resumed(process.State, "ann-audio", TestTrack.Epoch, recording.NowUs);
        process.Writer.Changed();
        recording.Neighbours.Figures["ann-audio"] = new TrackFigures { WaitingUs = 90_000_000 };

        await DriveAsync(recording, process);
        Assert.DoesNotContain("ann-audio", recording.Neighbours.Sealed);
        Assert.Equal(RecordingPhase.Completing, RecordingLifecycle.PhaseOf(process.State));

        recording.Neighbours.Figures["ann-audio"] = new TrackFigures();
        await recording.PutSegmentAsync("ann-audio", 301, 50);
        await DriveAsync(recording, process);
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", (TestTrack.Epoch, 1, 350));
    });

    [Fact]
    public Task A_second_damaged_segment_is_not_waited_for_longer_than_the_first() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        foreach (var segment in new[] { TestRecording.Key(1, 100), TestRecording.Key(201, 100) })
        {
            var key = RecordingKeys.Segment(TestRecording.Prefix, "ann-audio", segment);
            var content = recording.Memory[key]!.ToArray();
            content[^10] ^= 0x40;
            await recording.Memory.PutAsync(key, content);
        }

        var stopped = recording.Time.GetUtcNow();
        await DriveAsync(recording, recording.Begin());

        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        Assert.InRange(recording.Time.GetUtcNow() - stopped, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60));
    });

    [Fact]
    public Task A_segment_that_turns_up_before_the_old_ones_are_deleted_is_taken_in() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        recording.Memory.Before = async (operation, name, _) =>
        {
            // Stored by a silo that was thought dead, after the list was made.
            if (operation == "put-streaming" && name.Contains("ann-audio", StringComparison.Ordinal))
            {
                recording.Memory.Before = null;
                await recording.PutSegmentAsync("ann-audio", 301, 50, activation: "late");
            }
        };
        await DriveAsync(recording, recording.Begin());
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", (TestTrack.Epoch, 1, 350));
    });

    [Fact]
    public Task Epochs_follow_each_other_in_time_and_not_in_number() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        const ulong Later = 3;
        await recording.PutSegmentAsync("ann-audio", 301, 20, Later);
        await DriveAsync(recording, recording.Begin());
        await recording.AssertPacketsAsync("ann-audio", All, (Later, 301, 320));
    });

    [Fact]
    public Task A_store_that_is_down_for_ten_minutes_after_the_stop_only_delays_the_end() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        var process = recording.Begin();
        recording.Memory.Break();
        for (var i = 0; i < 300; i++)
        {
            await process.PassAsync();
            recording.Time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Empty(recording.Stored.TerminalEvents);
        recording.Memory.Repair();
        await DriveAsync(recording, process);
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", All);
    });

    [Fact]
    public Task A_recording_whose_SFU_is_away_is_terminal_at_once_and_wakes_its_room_until_the_SFU_knows_also_after_a_kill() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        recording.Neighbours.SfuIsAway = true;
        await DriveAsync(recording, recording.Begin());
        Assert.Equal(RecordingPhase.Finished, RecordingLifecycle.PhaseOf(recording.State));
        Assert.False(recording.Neighbours.Indexed!.Finished, "nobody would wake it after a kill");

        var told = recording.Neighbours.Ended.Count;
        var next = recording.Begin();
        await next.PassAsync();
        Assert.Equal(told + 1, recording.Neighbours.Ended.Count);
        recording.Neighbours.SfuIsAway = false;
        await DriveAsync(recording, next);

        Assert.True(next.Run.IsDone);
        Assert.Equal(told + 2, recording.Neighbours.Ended.Count);
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
    });

    [Fact]
    public Task A_stopped_recording_that_waits_for_the_end_of_a_track_brings_its_room_up_after_a_kill() => TestRecording.OnSchedulerAsync(async () =>
    {
        // The room alone knows what its SFUs may still have to send, and nobody else calls it once the meeting is over.
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        var before = recording.Begin();
        RecordingLifecycle.Resumed(before.State, "ann-audio", 9, recording.NowUs);
        before.Writer.Changed();
        await before.Writer.CommitAsync();

        var next = recording.Begin();
        next.Run.CheckRoom();
        await next.PassAsync();
        await next.PassAsync();

        Assert.Equal(RecordingPhase.Completing, RecordingLifecycle.PhaseOf(recording.State));
        Assert.Equal((1, 0), (recording.Neighbours.Visits, recording.Neighbours.Woken));
        RecordingLifecycle.Drained(next.State, "ann-audio", 9, 0);
        next.Writer.Changed();
        await DriveAsync(recording, next);
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
    });

    [Fact]
    public Task A_recording_refused_before_any_media_fails_with_its_code_and_has_documents() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        var process = recording.Begin();
        RecordingLifecycle.Open(process.State, TestRecording.Opening);
        RecordingLifecycle.Stop(
            process.State,
            new RecordingStop { EndedAtUs = recording.NowUs, Status = RecordingStatus.Failed, Reason = "refused", Code = RecordingErrorCode.NotAuthorizedToRecord, TriggerPostProcessing = true },
            recording.NowUs);
        process.Writer.Changed();
        await DriveAsync(recording, process);

        await recording.AssertFinishedAsync(RecordingStatus.Failed);
        var metadata = await recording.MetadataAsync();
        Assert.Equal(5002, metadata.Recording.ErrorCode);
        Assert.Equal("refused", metadata.Recording.EndedReason);
        Assert.Null(metadata.Room.StartedAt);
        Assert.Empty(recording.Neighbours.Jobs);
    });

    [Fact]
    public Task An_interrupted_recording_ends_at_its_last_packet() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync(compose: false);
        var process = recording.Begin();
        process.State.Stop = TestRecording.StopAfter(TimeSpan.FromMinutes(2), RecordingStatus.Interrupted);
        process.Writer.Changed();
        await DriveAsync(recording, process);

        await recording.AssertFinishedAsync(RecordingStatus.Interrupted, "ann-audio", "bob-audio");
        Assert.Equal(TestTrack.StartUs + (300 * 20_000), recording.State.EndedAtUs);
        Assert.Empty(recording.Neighbours.Jobs);
    });

    [Fact]
    public Task A_track_without_a_packet_has_no_file() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        var process = recording.Begin();
        RecordingLifecycle.Open(process.State, TestRecording.Opening);
        RecordingLifecycle.Started(process.State, TestTrack.StartUs);
        RecordingLifecycle.AddTrack(process.State, TestRecording.Track("ann-audio"));
        RecordingLifecycle.Drained(process.State, "ann-audio", TestTrack.Epoch, 0);
        RecordingLifecycle.Stop(process.State, TestRecording.StopAfter(TimeSpan.FromSeconds(3), compose: true), recording.NowUs);
        process.Writer.Changed();
        await DriveAsync(recording, process);

        await recording.AssertFinishedAsync(RecordingStatus.Completed);
        Assert.Null((await recording.MetadataAsync()).Participants[0].Tracks[0].File);
        Assert.Empty(recording.Neighbours.Jobs);
    });

    [Fact]
    public Task A_recording_on_a_real_directory_is_completed() => TestRecording.OnSchedulerAsync(async () =>
    {
        var root = Directory.CreateTempSubdirectory("recording-test-");
        try
        {
            using var store = new DirectoryObjectStore(new DirectoryStoreOptions { Root = root.FullName }, TimeProvider.System);
            var recording = new TestRecording(store);
            await recording.PrepareStoppedAsync();
            await DriveAsync(recording, recording.Begin());
            await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
            await recording.AssertPacketsAsync("ann-audio", All);
        }
        finally
        {
            root.Delete(recursive: true);
        }
    });

    /// <summary>Passes until it is done, the process died or another activation took over; time goes on between them.</summary>
    internal static async Task DriveAsync(TestRecording recording, TestRecording.Activation process)
    {
        for (var i = 0; i < 60 && !process.Run.IsDone && !process.Life.IsDead && !process.IsSuperseded; i++)
        {
            await process.PassAsync();
            recording.Time.Advance(TimeSpan.FromSeconds(2));
        }
    }
}

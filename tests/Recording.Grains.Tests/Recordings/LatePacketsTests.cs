using Recording.Grains.Recordings;
using Recording.Grains.Tests.Tracks;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Tests.Recordings;

/// <summary>A spool that turns up after its track was sealed, or after the recording ended.</summary>
public sealed class LatePacketsTests
{
    private const ulong Other = 9;
    private static readonly (ulong, ulong, ulong) All = (TestTrack.Epoch, 1, 300);

    [Fact]
    public Task A_spool_that_turns_up_after_the_end_is_added_and_published_without_a_second_end() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await EndedAsync();
        var before = await recording.MetadataAsync();
        var process = recording.Begin();
        await SpoolAsync(recording, process, "ann-audio", (TestTrack.Epoch, 301, 50), (Other, 1, 40));
        Assert.Equal(RecordingPhase.Reassembling, RecordingLifecycle.PhaseOf(process.State));
        await CompletionTests.DriveAsync(recording, process);

        Assert.True(process.Run.IsDone);
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", (TestTrack.Epoch, 1, 350), (Other, 1, 40));
        await recording.AssertPacketsAsync("bob-audio", All);
        Assert.Single(recording.Neighbours.Ended);
        Assert.Single(recording.Neighbours.Jobs);
        var after = await recording.MetadataAsync();
        Assert.Equal(before.Recording.TerminalEventId, after.Recording.TerminalEventId);
        Assert.Equal("tracks/ann-audio.r2.rtp", after.Participants[0].Tracks[0].File);
        Assert.Equal("tracks/bob-audio.rtp", after.Participants[1].Tracks[0].File);
        Assert.Empty(after.Participants[0].Tracks[0].Gaps);
        Assert.Equal(1, recording.Neighbours.Indexed!.Reopenings);
    });

    [Fact]
    public Task Packets_that_fill_a_hole_of_a_complete_track_close_its_gap() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        await recording.Memory.DeleteAsync(RecordingKeys.Segment(TestRecording.Prefix, "ann-audio", TestRecording.Key(90, 121, activation: "other")));
        await CompletionTests.DriveAsync(recording, recording.Begin());
        await recording.AssertPacketsAsync("ann-audio", (TestTrack.Epoch, 1, 100), (TestTrack.Epoch, 201, 300));
        Assert.NotEmpty((await recording.MetadataAsync()).Participants[0].Tracks[0].Gaps);

        var process = recording.Begin();
        await SpoolAsync(recording, process, "ann-audio", (TestTrack.Epoch, 80, 140));
        await CompletionTests.DriveAsync(recording, process);
        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", All);
        Assert.Empty((await recording.MetadataAsync()).Participants[0].Tracks[0].Gaps);
    });

    [Fact]
    public Task A_spool_may_turn_up_again_and_again() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await EndedAsync();
        for (ulong time = 0; time < 3; time++)
        {
            var process = recording.Begin();
            await SpoolAsync(recording, process, "bob-audio", (TestTrack.Epoch, 301 + (10 * time), 10));
            await CompletionTests.DriveAsync(recording, process);
        }

        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("bob-audio", (TestTrack.Epoch, 1, 330));
        Assert.Equal(3, recording.State.Reopenings);
    });

    [Fact]
    public Task A_spool_that_brings_only_what_is_there_changes_no_file() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await EndedAsync();
        var before = await recording.ContentsAsync();
        var process = recording.Begin();
        await SpoolAsync(recording, process, "ann-audio", (TestTrack.Epoch, 51, 100));
        await recording.Memory.DeleteAsync(RecordingKeys.Sealed(TestRecording.Prefix, "ann-audio"));
        await CompletionTests.DriveAsync(recording, process);
        Assert.True(process.Run.IsDone);
        Assert.Equal(before.Where(static f => f.Key != "metadata.json"), (await recording.ContentsAsync()).Where(static f => f.Key.StartsWith("tracks/", StringComparison.Ordinal) || f.Key is "timeline.json" or "policy.json"));
    });

    [Fact]
    public Task A_spool_that_was_announced_and_never_comes_is_waited_for_no_longer_than_the_grace() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await EndedAsync();
        var process = recording.Begin();
        RecordingLifecycle.Spooled(process.State, "ann-audio", Other, recording.NowUs);
        process.Writer.Changed();
        await process.Writer.CommitAsync();
        await process.PassAsync();
        Assert.Equal(RecordingPhase.Reassembling, RecordingLifecycle.PhaseOf(process.State));
        recording.Time.Advance(recording.Options.SfuGrace);
        await process.PassAsync();
        Assert.Equal(RecordingPhase.Finished, RecordingLifecycle.PhaseOf(recording.State));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_at_any_point_of_adding_late_packets_leads_to_the_same_end(bool afterEffect)
    {
        var points = 0;
        for (var crashed = true; crashed; points++)
        {
            Assert.InRange(points, 0, 300);
            await TestRecording.OnSchedulerAsync(async () =>
            {
                var recording = await EndedAsync();
                await SpoolAsync(recording, recording.Begin(), "ann-audio", (TestTrack.Epoch, 301, 50), (Other, 1, 40));
                var process = recording.Begin(new ProcessLife(points + 1, afterEffect));
                await CompletionTests.DriveAsync(recording, process);
                crashed = process.Life.IsDead;
                if (recording.Neighbours.Indexed is not { Finished: true, Reopenings: 1 })
                {
                    await CompletionTests.DriveAsync(recording, recording.Begin());
                }

                await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
                await recording.AssertPacketsAsync("ann-audio", (TestTrack.Epoch, 1, 350), (Other, 1, 40));
            });
        }

        Assert.True(points >= 20, $"only {points} points");
    }

    [Fact]
    public Task Late_packets_beside_a_complete_file_that_is_damaged_stay_where_they_are_and_the_recording_stays_finished() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await EndedAsync();
        var key = RecordingKeys.Track(TestRecording.Prefix, "ann-audio");
        var content = recording.Memory[key]!.ToArray();
        content[^100] ^= 1;
        await recording.Memory.PutAsync(key, content);
        var process = recording.Begin();
        await SpoolAsync(recording, process, "ann-audio", (TestTrack.Epoch, 301, 50));
        await CompletionTests.DriveAsync(recording, process);

        Assert.True(process.Run.IsDone);
        Assert.NotNull(recording.Memory[RecordingKeys.Segment(TestRecording.Prefix, "ann-audio", TestRecording.Key(301, 50, activation: "spool"))]);
        Assert.Equal(4005, (await recording.MetadataAsync()).Participants[0].Tracks[0].ErrorCode);
        Assert.Single(recording.Stored.TerminalEvents);
    });

    [Fact]
    public void What_lies_in_a_spool_is_waited_for_longer_than_a_lost_link()
    {
        var (state, options) = (new Grains.Recordings.State.RecordingState(), new RecordingsOptions());
        RecordingLifecycle.Open(state, TestRecording.Opening);
        RecordingLifecycle.Started(state, TestTrack.StartUs);
        RecordingLifecycle.AddTrack(state, TestRecording.Track("ann-audio"));
        Assert.True(RecordingLifecycle.Spooled(state, "ann-audio", TestTrack.Epoch, 0));
        RecordingLifecycle.Stop(state, TestRecording.StopAfter(TimeSpan.FromSeconds(1)), 0);
        var grace = RecordingLifecycle.Microseconds(options.SfuGrace);
        Assert.Equal(SealDecision.Wait, RecordingLifecycle.DecideSeal(state, state.Tracks[0], grace, options));
        Assert.Equal(SealDecision.SealIncomplete, RecordingLifecycle.DecideSeal(state, state.Tracks[0], RecordingLifecycle.Microseconds(options.SpoolWait), options));
        RecordingLifecycle.Drained(state, "ann-audio", TestTrack.Epoch, 10);
        Assert.Equal(SealDecision.Seal, RecordingLifecycle.DecideSeal(state, state.Tracks[0], 0, options));
    }

    [Fact]
    public void A_spool_of_a_track_that_is_not_there_need_not_be_kept()
    {
        var state = new Grains.Recordings.State.RecordingState();
        Assert.Equal(RecordingErrorCode.NoSuchRecording, Assert.Throws<RecordingException>(() => RecordingLifecycle.Spooled(state, "ann-audio", 1, 1)).Code);
        RecordingLifecycle.Open(state, TestRecording.Opening);
        Assert.Equal(RecordingErrorCode.UnknownProducer, Assert.Throws<RecordingException>(() => RecordingLifecycle.Spooled(state, "ann-audio", 1, 1)).Code);
        RecordingLifecycle.Stop(state, TestRecording.StopAfter(TimeSpan.Zero), 1);
        Assert.Equal(RecordingErrorCode.NoSuchRecording, Assert.Throws<RecordingException>(() => RecordingLifecycle.Spooled(state, "ann-audio", 1, 1)).Code);
    }

    [Fact]
    public Task What_a_spool_brought_late_is_added_when_its_gateway_hands_the_track_on_and_no_link_is_waited_for() => TestRecording.OnSchedulerAsync(async () =>
    {
        var recording = await EndedAsync();
        recording.Options.SfuGrace = TimeSpan.FromDays(1);
        var process = recording.Begin();
        Assert.True(RecordingLifecycle.Spooled(process.State, "ann-audio", Other, recording.NowUs));
        await recording.PutSegmentAsync("ann-audio", 1, 40, Other, "spool");
        Assert.True(RecordingLifecycle.HandedOn(process.State, "ann-audio", Other, 40, recording.NowUs));
        process.Run.NoteChange();
        process.Writer.Changed();
        await process.Writer.CommitAsync();
        await CompletionTests.DriveAsync(recording, process);

        await recording.AssertFinishedAsync(RecordingStatus.Completed, "ann-audio", "bob-audio");
        await recording.AssertPacketsAsync("ann-audio", (TestTrack.Epoch, 1, 300), (Other, 1, 40));
    });

    private static async Task<TestRecording> EndedAsync()
    {
        var recording = new TestRecording();
        await recording.PrepareStoppedAsync();
        await CompletionTests.DriveAsync(recording, recording.Begin());
        return recording;
    }

    /// <summary>What a gateway does that adopts a spool: says so, stores, says that all is stored.</summary>
    private static async Task SpoolAsync(TestRecording recording, TestRecording.Activation process, string track, params (ulong Epoch, ulong First, int Count)[] parts)
    {
        foreach (var (epoch, first, count) in parts)
        {
            Assert.True(RecordingLifecycle.Spooled(process.State, track, epoch, recording.NowUs));
            await recording.PutSegmentAsync(track, first, count, epoch, "spool");
            Assert.True(RecordingLifecycle.Drained(process.State, track, epoch, first + (ulong)count - 1));
        }

        process.Run.NoteChange();
        process.Writer.Changed();
        await process.Writer.CommitAsync();
    }
}

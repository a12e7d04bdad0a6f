using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Recordings;
using Recording.Grains.Recordings.State;
using Recording.Model;

namespace Recording.Grains.Tests.Recordings;

public sealed class LifecycleTests
{
    private const string Track = "ann-audio";
    private const long Second = 1_000_000;
    private const long StopUs = 1_700_000_100 * Second;
    private readonly RecordingsOptions _options = new();
    private readonly RecordingState _state = new();

    public LifecycleTests()
    {
        RecordingLifecycle.Open(_state, TestRecording.Opening);
        RecordingLifecycle.Started(_state, StopUs - (60 * Second));
    }

    [Fact]
    public void Commands_before_opening_fail_with_2003()
    {
        var none = new RecordingState();
        Action[] commands =
        [
            () => RecordingLifecycle.Started(none, 1),
            () => RecordingLifecycle.AddTrack(none, TestRecording.Track(Track)),
            () => RecordingLifecycle.Drained(none, Track, 1, 1),
            () => RecordingLifecycle.Resumed(none, Track, 1, 1),
            () => RecordingLifecycle.UpdateRoom(none, new RoomFacts()),
            () => RecordingLifecycle.Stop(none, TestRecording.StopAfter(TimeSpan.Zero), 1),
            () => RecordingLifecycle.AddOutput(none, new RecordingOutput { File = "f", Kind = "k", Bytes = 1 }),
        ];
        Assert.All(commands, static c => Assert.Equal(RecordingErrorCode.NoSuchRecording, Assert.Throws<RecordingException>(c).Code));
        Assert.Equal(RecordingPhase.None, RecordingLifecycle.PhaseOf(none));
    }

    [Fact]
    public void Repeated_commands_change_nothing()
    {
        var stop = TestRecording.StopAfter(TimeSpan.FromSeconds(1));
        Assert.False(RecordingLifecycle.Open(_state, TestRecording.Opening));
        Assert.False(RecordingLifecycle.Started(_state, 5));
        Assert.True(RecordingLifecycle.AddTrack(_state, TestRecording.Track(Track)));
        Assert.False(RecordingLifecycle.AddTrack(_state, TestRecording.Track(Track)));
        Assert.True(RecordingLifecycle.Drained(_state, Track, 1, 9));
        Assert.False(RecordingLifecycle.Drained(_state, Track, 1, 9));
        Assert.True(RecordingLifecycle.Stop(_state, stop, StopUs));
        Assert.False(RecordingLifecycle.Stop(_state, stop with { Status = RecordingStatus.Failed }, StopUs + Second));
        Assert.Equal(RecordingStatus.Completed, _state.Stop!.Status);
        Assert.Equal(StopUs, _state.StoppedAtUs);
    }

    [Fact]
    public void The_id_of_another_rooms_recording_cannot_be_opened_again() =>
        Assert.Equal(
            RecordingErrorCode.WrongState,
            Assert.Throws<RecordingException>(() => RecordingLifecycle.Open(_state, TestRecording.Opening with { RoomId = "other" })).Code);

    [Fact]
    public void A_new_track_after_the_stop_is_refused_and_a_known_one_is_not()
    {
        RecordingLifecycle.AddTrack(_state, TestRecording.Track(Track));
        RecordingLifecycle.Stop(_state, TestRecording.StopAfter(TimeSpan.FromSeconds(1)), StopUs);
        Assert.False(RecordingLifecycle.AddTrack(_state, TestRecording.Track(Track)));
        Assert.Equal(
            RecordingErrorCode.WrongState,
            Assert.Throws<RecordingException>(() => RecordingLifecycle.AddTrack(_state, TestRecording.Track("bob-audio"))).Code);
    }

    [Theory]
    // acknowledged, epochs (d = drained, o = open), seconds since the stop, expected
    [InlineData(true, "d", 0, SealDecision.Seal)]
    [InlineData(true, "dd", 0, SealDecision.Seal)]
    [InlineData(true, "do", 0, SealDecision.Wait)]
    [InlineData(true, "do", 59, SealDecision.Wait)]
    [InlineData(true, "do", 60, SealDecision.SealIncomplete)]
    [InlineData(true, "", 0, SealDecision.Wait)]
    [InlineData(true, "", 30, SealDecision.Wait)]
    [InlineData(true, "", 60, SealDecision.SealIncomplete)]
    [InlineData(false, "", 1, SealDecision.Wait)]
    [InlineData(false, "", 2, SealDecision.WaitForSilence)]
    [InlineData(false, "", 60, SealDecision.SealIncomplete)]
    [InlineData(false, "d", 0, SealDecision.Seal)]
    [InlineData(false, "o", 5, SealDecision.Wait)]
    public void A_track_is_sealed_when_all_its_epochs_are_drained_or_silent_or_the_grace_is_over(bool acknowledged, string epochs, int seconds, object expected)
    {
        RecordingLifecycle.AddTrack(_state, TestRecording.Track(Track, acknowledged));
        for (var i = 0; i < epochs.Length; i++)
        {
            RecordingLifecycle.Resumed(_state, Track, (ulong)i + 1, StopUs - Second);
            if (epochs[i] == 'd')
            {
                RecordingLifecycle.Drained(_state, Track, (ulong)i + 1, 10);
            }
        }

        RecordingLifecycle.Stop(_state, TestRecording.StopAfter(TimeSpan.FromSeconds(1)), StopUs);
        Assert.Equal(expected, RecordingLifecycle.DecideSeal(_state, _state.Tracks[0], StopUs + (seconds * Second), _options));
    }

    [Fact]
    public void A_live_track_is_never_sealed()
    {
        RecordingLifecycle.AddTrack(_state, TestRecording.Track(Track));
        RecordingLifecycle.Drained(_state, Track, 1, 10);
        Assert.Equal(SealDecision.Wait, RecordingLifecycle.DecideSeal(_state, _state.Tracks[0], long.MaxValue, _options));
    }

    [Fact]
    public void A_gateway_that_comes_back_after_the_stop_starts_the_grace_again()
    {
        RecordingLifecycle.AddTrack(_state, TestRecording.Track(Track));
        RecordingLifecycle.Drained(_state, Track, 1, 10);
        RecordingLifecycle.Stop(_state, TestRecording.StopAfter(TimeSpan.FromSeconds(1)), StopUs);
        RecordingLifecycle.Resumed(_state, Track, 1, StopUs + (50 * Second));
        Assert.Equal(SealDecision.Wait, RecordingLifecycle.DecideSeal(_state, _state.Tracks[0], StopUs + (100 * Second), _options));
        Assert.Equal(SealDecision.SealIncomplete, RecordingLifecycle.DecideSeal(_state, _state.Tracks[0], StopUs + (110 * Second), _options));
    }

    [Theory]
    [InlineData("", 0, SealDecision.Wait)]
    [InlineData("r", 0, SealDecision.Wait)]
    [InlineData("rd", 0, SealDecision.Seal)]
    [InlineData("rd", 10, SealDecision.Seal)]
    [InlineData("rd", 11, SealDecision.Wait)]
    [InlineData("rds", 10, SealDecision.Seal)]
    [InlineData("rds", 11, SealDecision.Wait)]
    [InlineData("rdr", 0, SealDecision.Wait)]
    [InlineData("s", 10, SealDecision.Wait)]
    public void An_end_that_was_reported_before_the_process_died_still_holds_unless_more_came(string said, ulong adoptedUpTo, object expected)
    {
        RecordingLifecycle.AddTrack(_state, TestRecording.Track(Track));
        foreach (var word in said)
        {
            _ = word switch
            {
                'r' => RecordingLifecycle.Resumed(_state, Track, 1, StopUs),
                'd' => RecordingLifecycle.Drained(_state, Track, 1, 10),
                _ => RecordingLifecycle.Spooled(_state, Track, 1, StopUs),
            };
        }

        RecordingLifecycle.Stop(_state, TestRecording.StopAfter(TimeSpan.FromSeconds(1)), StopUs);
        RecordingLifecycle.HandedOn(_state, Track, 1, adoptedUpTo, StopUs);

        Assert.Equal(expected, RecordingLifecycle.DecideSeal(_state, _state.Tracks[0], StopUs + Second, _options));

        // Whatever it was: an empty spool is not waited for, only a link.
        Assert.DoesNotContain(_state.Tracks[0].Epochs, static epoch => epoch.Spooled);
        Assert.NotEqual(SealDecision.Wait, RecordingLifecycle.DecideSeal(_state, _state.Tracks[0], StopUs + (60 * Second), _options));
    }

    [Fact]
    public void A_track_of_a_recording_that_no_sfu_confirmed_is_sealed_at_once()
    {
        var state = new RecordingState();
        RecordingLifecycle.Open(state, TestRecording.Opening);
        RecordingLifecycle.AddTrack(state, TestRecording.Track(Track));
        RecordingLifecycle.Stop(state, TestRecording.StopAfter(TimeSpan.Zero, RecordingStatus.Failed), StopUs);
        Assert.Equal(SealDecision.Seal, RecordingLifecycle.DecideSeal(state, state.Tracks[0], StopUs, _options));
    }

    [Theory]
    [InlineData(0, null, 0, 61, false)]
    [InlineData(4, null, 0, 61, false)]
    [InlineData(6, null, 0, 61, true)]
    [InlineData(6, null, 0, 3601, false)]
    [InlineData(0, 1, -9, 61, true)]
    [InlineData(0, 1, 60, 61, false)]
    [InlineData(0, 6, -9, 61, false)]
    public void What_waits_for_the_store_or_is_brought_behind_it_holds_up_the_end_of_its_track(int waiting, int? sinceCall, int lastPacket, int sinceStop, bool heldUp)
    {
        RecordingLifecycle.AddTrack(_state, TestRecording.Track(Track));
        RecordingLifecycle.Stop(_state, TestRecording.StopAfter(TimeSpan.FromSeconds(60)), StopUs);
        var figures = new TrackFigures { WaitingUs = waiting * Second, SinceCallUs = sinceCall * Second, LastTimeUs = StopUs + (lastPacket * Second) };
        Assert.Equal(heldUp, RecordingLifecycle.IsHeldUp(_state, _state.Tracks[0], figures, StopUs + (sinceStop * Second), _options));
    }

    [Fact]
    public void Silence_is_measured_from_the_newest_packet()
    {
        Assert.True(RecordingLifecycle.IsSilent(new TrackFigures(), StopUs, _options));
        Assert.True(RecordingLifecycle.IsSilent(new TrackFigures { LastTimeUs = StopUs - (2 * Second) }, StopUs, _options));
        Assert.False(RecordingLifecycle.IsSilent(new TrackFigures { LastTimeUs = StopUs - Second }, StopUs, _options));
    }

    [Fact]
    public void What_was_announced_and_is_not_stored_is_listed_as_a_gap()
    {
        RecordingLifecycle.AddTrack(_state, TestRecording.Track(Track));
        RecordingLifecycle.Drained(_state, Track, 7, 120);
        RecordingLifecycle.Resumed(_state, Track, 8, 1);
        RecordingLifecycle.Seal(_state.Tracks[0], [new SegmentEntry { Name = TestRecording.Key(1, 100, 7).FileName, Size = 1 }, new SegmentEntry { Name = TestRecording.Key(1, 5, 8).FileName, Size = 1 }]);
        Assert.Equal(
            [new TrackGap { Epoch = 7, FirstIndex = 101, LastIndex = 120, Reason = "lost" }, new TrackGap { Epoch = 8, FirstIndex = 6, Reason = "link" }],
            _state.Tracks[0].KnownGaps);
    }

    [Fact]
    public void Signals_after_the_seal_change_nothing()
    {
        RecordingLifecycle.AddTrack(_state, TestRecording.Track(Track));
        RecordingLifecycle.Seal(_state.Tracks[0], []);
        Assert.False(RecordingLifecycle.Drained(_state, Track, 1, 5));
        Assert.False(RecordingLifecycle.Resumed(_state, Track, 1, 5));
        Assert.False(RecordingLifecycle.HandedOn(_state, Track, 1, 5, 5));
    }

    [Fact]
    public void What_a_gateway_says_of_a_track_to_come_is_asked_for_again()
    {
        Assert.Equal(RecordingErrorCode.UnknownProducer, Assert.Throws<RecordingException>(() => RecordingLifecycle.Drained(_state, Track, 1, 5)).Code);
        Assert.Equal(RecordingErrorCode.UnknownProducer, Assert.Throws<RecordingException>(() => RecordingLifecycle.Resumed(_state, Track, 1, 5)).Code);
        RecordingLifecycle.Stop(_state, TestRecording.StopAfter(TimeSpan.FromSeconds(1)), StopUs);
        Assert.False(RecordingLifecycle.Drained(_state, Track, 1, 5));
    }

    [Fact]
    public void An_output_of_the_same_name_replaces_the_older_one()
    {
        var output = new RecordingOutput { File = "processed/composite.mp4", Kind = "composite", Bytes = 1 };
        Assert.True(RecordingLifecycle.AddOutput(_state, output));
        Assert.False(RecordingLifecycle.AddOutput(_state, output));
        Assert.True(RecordingLifecycle.AddOutput(_state, output with { Bytes = 2 }));
        Assert.Equal(2, Assert.Single(_state.Outputs).Bytes);
    }
}

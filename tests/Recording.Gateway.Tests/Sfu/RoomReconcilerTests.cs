using Recording.Gateway.Sfu.Rooms;
using Recording.Grains.Abstractions.Rooms;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Tests.Sfu;

public sealed class RoomReconcilerTests
{
    private const long Repeat = 5000;

    private readonly RoomReconciler _room = new("room", Repeat, static track => track.TrackId == "resumed" ? 42UL : 0);
    private long _version;

    public static TheoryData<WantedState, bool, bool, string> WhatIsSent() => new()
    {
        // wanted, the SFU records, it is paused: what is sent
        { WantedState.Idle, false, false, "" },
        { WantedState.Recording, false, false, "start" },
        { WantedState.Paused, false, false, "start" },
        { WantedState.Idle, true, false, "stop" },
        { WantedState.Recording, true, false, "" },
        { WantedState.Paused, true, false, "pause" },
        { WantedState.Idle, true, true, "stop" },
        { WantedState.Recording, true, true, "resume" },
        { WantedState.Paused, true, true, "" },
    };

    [Theory]
    [MemberData(nameof(WhatIsSent))]
    public void Difference_between_wanted_and_actual_is_sent_once(WantedState wanted, bool records, bool paused, string expected)
    {
        if (records)
        {
            Want(WantedState.Recording);
            Collect(0);
            Assert.NotNull(Answer(success: true));
            if (paused)
            {
                Want(WantedState.Paused);
                Collect(0);
            }
        }

        Want(wanted, wanted == WantedState.Idle && !records ? null : "rec");

        Assert.Equal(expected, string.Join(' ', Collect(100)));
        Assert.Equal("", string.Join(' ', Collect(200)));
    }

    [Fact]
    public void Start_that_is_not_answered_is_repeated_every_five_seconds()
    {
        Want(WantedState.Recording);
        Assert.Equal(["start"], Collect(0));
        Assert.Empty(Collect(4999));
        Assert.Equal(["start"], Collect(5000));
        Assert.Empty(Collect(9999));
        Assert.Equal(["start"], Collect(10_000));
    }

    [Theory]
    [InlineData("Already recording", true)]
    [InlineData("room is being recorded: ALREADY RECORDING", true)]
    [InlineData("Recording is disabled", false)]
    public void Answer_that_it_records_already_counts_as_success(string message, bool success)
    {
        Want(WantedState.Recording);
        Collect(0);

        (string RecordingId, bool Success)? answer = _room.OnStartAnswered(new Wire.StartRecordingResponse { ErrorMessage = message });

        Assert.Equal(("rec", success), answer);
    }

    [Fact]
    public void Refused_start_is_not_repeated_until_another_recording_is_wanted()
    {
        Want(WantedState.Recording);
        Collect(0);
        Assert.Equal(("rec", false), Answer(success: false));
        Assert.Empty(Collect(20_000));

        Want(WantedState.Recording, "rec-2");
        Assert.Equal(["start"], Collect(20_000));
    }

    [Fact]
    public void Own_id_of_the_sfu_is_echoed_in_every_message()
    {
        Want(WantedState.Recording, "rec", "p1");
        Collect(0);
        _room.OnStartAnswered(new Wire.StartRecordingResponse { Success = true, RecordingId = "its-own" });
        var commands = new List<Wire.RecordingToSfu>();
        _room.Collect(0, true, commands);
        Want(WantedState.Paused, "rec");
        _room.Collect(1, true, commands);
        Want(WantedState.Idle, "rec");
        _room.Collect(2, true, commands);

        Assert.Equal("its-own", commands.Single(static c => c.SubscribeTrack is not null).SubscribeTrack.RecordingId);
        Assert.Equal("its-own", commands.Single(static c => c.UnsubscribeTrack is not null).UnsubscribeTrack.RecordingId);
        Assert.Equal("its-own", commands.Single(static c => c.PauseRecording is not null).PauseRecording.RecordingId);
        Assert.Equal("its-own", commands.Single(static c => c.StopRecording is not null).StopRecording.RecordingId);
    }

    [Fact]
    public void Sfu_that_gives_no_id_is_given_ours()
    {
        Started("p1");
        Assert.Equal("rec", _room.SfuRecordingId);
    }

    [Fact]
    public void Subscription_is_repeated_until_it_is_answered()
    {
        Started("p1", "p2");
        Assert.Equal(["subscribe p1", "subscribe p2"], Collect(0));
        Assert.True(_room.OnSubscribed("p1"));
        Assert.False(_room.OnSubscribed("p3"));
        Assert.Empty(Collect(4999));
        Assert.Equal(["subscribe p2"], Collect(5000));
    }

    [Fact]
    public void Subscription_says_from_where_the_track_goes_on()
    {
        Started();
        Assert.True(_room.Apply(Directive(WantedState.Recording, "rec", new TrackDirective { ProducerId = "p1", TrackId = "resumed", PeerId = "a", Kind = "audio" })));
        var commands = new List<Wire.RecordingToSfu>();
        _room.Collect(0, true, commands);
        Assert.Equal(42UL, Assert.Single(commands).SubscribeTrack.ResumeFrom);
    }

    [Fact]
    public void Track_that_is_not_wanted_any_more_is_unsubscribed_once()
    {
        Started("p1");
        Collect(0);
        _room.OnSubscribed("p1");
        Want(WantedState.Recording);
        Assert.Equal(["unsubscribe p1"], Collect(100));
        Assert.Empty(Collect(60_000));
    }

    [Fact]
    public void Unsubscription_is_repeated_where_the_sfu_announces_the_end()
    {
        _room.RepeatsUnsubscribe = true;
        Started("p1");
        Collect(0);
        Want(WantedState.Recording);
        Assert.Equal(["unsubscribe p1"], Collect(100));
        Assert.Equal(["unsubscribe p1"], Collect(5100));
        _room.OnTrackEnded("p1");
        Assert.Empty(Collect(60_000));
    }

    [Fact]
    public void Producer_that_is_republished_under_another_track_is_subscribed_anew()
    {
        Started("p1");
        Collect(0);
        _room.OnSubscribed("p1");
        _room.Apply(Directive(WantedState.Recording, "rec", new TrackDirective { ProducerId = "p1", TrackId = "p1-audio-2", PeerId = "a", Kind = "audio" }));
        Assert.Equal(["subscribe p1"], Collect(100));
    }

    [Fact]
    public void New_connection_is_asked_for_everything_again()
    {
        Started("p1");
        Collect(0);
        _room.OnSubscribed("p1");
        _room.OnLinkUp();
        Assert.Equal(["start"], Collect(100));
        Answer(success: true);
        Assert.Equal(["subscribe p1"], Collect(100));
    }

    [Fact]
    public void Stop_that_a_lost_connection_swallowed_is_sent_on_the_next()
    {
        Want(WantedState.Idle, "rec");
        Assert.Equal(["stop"], Collect(0));
        Assert.Empty(Collect(60_000));
        _room.OnLinkUp();
        Assert.Equal(["stop"], Collect(60_000));
    }

    [Fact]
    public void Recording_that_replaces_another_stops_it_first()
    {
        Started();
        Want(WantedState.Recording, "rec-2");
        Assert.Equal(["stop", "start"], Collect(100));
    }

    [Fact]
    public void Older_directive_is_ignored()
    {
        RoomDirective old = Directive(WantedState.Recording, "rec");
        Want(WantedState.Idle, null);
        Assert.False(_room.Apply(old));
        Assert.Empty(Collect(0));
    }

    [Fact]
    public void Start_waits_while_it_may_not_be_sent()
    {
        Want(WantedState.Recording);
        Assert.Empty(Collect(0, mayStart: false));
        Assert.Equal(["start"], Collect(1));
    }

    [Fact]
    public void Flags_of_a_selection_by_policy_are_all_set_for_the_sfu()
    {
        Want(WantedState.Recording);
        var commands = new List<Wire.RecordingToSfu>();
        _room.Collect(0, true, commands);
        Wire.RecordingConfig config = Assert.Single(commands).StartRecording.Config;
        Assert.True(config.RecordAudio && config.RecordVideo && config.RecordScreenshare);
    }

    private RoomDirective Directive(WantedState state, string? recordingId, params TrackDirective[] tracks) => new()
    {
        RoomId = "room",
        LinkKey = "dial:x",
        Version = ++_version,
        State = state,
        RecordingId = recordingId,
        RequesterId = "host",
        Tracks = tracks,
    };

    private void Want(WantedState state, string? recordingId = "rec", params string[] producers) => Assert.True(_room.Apply(Directive(
        state, recordingId, [.. producers.Select(static p => new TrackDirective { ProducerId = p, TrackId = $"{p}-audio", PeerId = "a", Kind = "audio" })])));

    private void Started(params string[] producers)
    {
        Want(WantedState.Recording, "rec", producers);
        Collect(0);
        Answer(success: true);
    }

    private (string RecordingId, bool Success)? Answer(bool success) => _room.OnStartAnswered(new Wire.StartRecordingResponse { Success = success, ErrorMessage = success ? "" : "no" });

    private string[] Collect(long nowMs, bool mayStart = true)
    {
        var commands = new List<Wire.RecordingToSfu>();
        _room.Collect(nowMs, mayStart, commands);
        return [.. commands.Select(static c => c.PayloadCase switch
        {
            Wire.RecordingToSfu.PayloadOneofCase.StartRecording => "start",
            Wire.RecordingToSfu.PayloadOneofCase.StopRecording => "stop",
            Wire.RecordingToSfu.PayloadOneofCase.PauseRecording => "pause",
            Wire.RecordingToSfu.PayloadOneofCase.ResumeRecording => "resume",
            Wire.RecordingToSfu.PayloadOneofCase.SubscribeTrack => $"subscribe {c.SubscribeTrack.ProducerId}",
            Wire.RecordingToSfu.PayloadOneofCase.UnsubscribeTrack => $"unsubscribe {c.UnsubscribeTrack.ProducerId}",
            _ => c.PayloadCase.ToString(),
        })];
    }
}

using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Grains.Tests.Rooms;

public sealed class StartAndPolicyTests
{
    [Fact]
    public void An_unknown_room_cannot_be_recorded() =>
        Assert.Equal(RecordingErrorCode.UnknownRoom, Room.Refused(() => new Room().Start()));

    [Theory]
    [InlineData(RequesterKind.System, "system", RecordingErrorCode.None)]
    [InlineData(RequesterKind.Admin, "ops", RecordingErrorCode.None)]
    [InlineData(RequesterKind.Peer, "hana", RecordingErrorCode.None)]
    [InlineData(RequesterKind.Peer, "sharescreen_hana", RecordingErrorCode.None)]
    [InlineData(RequesterKind.Peer, "paul", RecordingErrorCode.NotAuthorizedToRecord)]
    [InlineData(RequesterKind.Peer, "system", RecordingErrorCode.NotAuthorizedToRecord)]
    [InlineData(RequesterKind.Peer, "", RecordingErrorCode.NotAuthorizedToRecord)]
    public void Requesters_pass_by_kind_and_role(RequesterKind kind, string id, RecordingErrorCode expected)
    {
        var room = new Room();
        room.Created();

        var code = RecordingErrorCode.None;
        try
        {
            room.Start(new Requester(kind, id));
        }
        catch (RecordingException exception)
        {
            code = exception.Code;
        }

        Assert.Equal(expected, code);
        Assert.Equal(expected == RecordingErrorCode.None ? RecordingStatus.Starting : RecordingStatus.None, room.Status);
    }

    [Theory]
    [InlineData(RequesterKind.System)]
    [InlineData(RequesterKind.Admin)]
    [InlineData(RequesterKind.Peer)]
    public void Nobody_records_where_it_is_disabled(RequesterKind kind)
    {
        var room = new Room();
        room.Created(Room.Open with { Enabled = false });

        Assert.Equal(RecordingErrorCode.RecordingDisabled, Room.Refused(() => room.Start(new Requester(kind, "hana"))));
    }

    [Fact]
    public void A_second_start_is_refused_until_the_first_is_complete()
    {
        var room = Room.Recording();
        Assert.Equal(RecordingErrorCode.AlreadyRecording, Room.Refused(() => room.Start()));
        room.Stop();
        Assert.Equal(RecordingErrorCode.AlreadyRecording, Room.Refused(() => room.Start()));

        room.Keep(room.Session.RecordingEnded("rec1", RecordingStatus.Completed, room.Now));

        Assert.Equal("rec2", room.Start().RecordingId);
    }

    [Fact]
    public void A_recording_that_is_slow_to_complete_does_not_keep_the_room()
    {
        var room = Room.Recording();
        room.Stop();
        room.Pass(TimeSpan.FromSeconds(10));

        Assert.Equal("rec2", room.Start().RecordingId);
        Assert.Equal(["rec1", "rec2"], room.State.Outboxes.Select(outbox => outbox.RecordingId).ToArray());
    }

    [Fact]
    public void The_room_limit_refuses()
    {
        var room = new Room { LimitReached = true };
        room.Created();

        Assert.Equal(RecordingErrorCode.RoomLimit, Room.Refused(() => room.Start()));
    }

    [Fact]
    public void A_selection_of_nothing_that_is_allowed_is_refused()
    {
        var room = new Room();
        room.Created(Room.Open with { RecordAudio = false });

        Assert.Equal(RecordingErrorCode.MediaTypeDisabled, Room.Refused(() => room.Start(selection: new RecordingSelection { Audio = true })));
    }

    [Fact]
    public void Storage_path_replaces_the_rooms_place_and_must_be_allowed()
    {
        var room = new Room();
        room.Created();

        Assert.Equal(RecordingErrorCode.ProtocolViolation, Room.Refused(() => room.Start(selection: new RecordingSelection { StoragePath = "../x" })));
        Assert.Equal("archive/2026/rec2/", room.Start(selection: new RecordingSelection { StoragePath = "archive/2026" }).Prefix);
        Assert.Equal("archive/2026/rec2/", room.Session.DirectiveFor(Room.Dial)!.Prefix);
    }

    [Fact]
    public void No_sfu_hears_of_a_recording_before_it_exists()
    {
        var room = new Room();
        room.Created();
        var result = room.Start(open: false);

        Assert.Null(room.Session.DirectiveFor(Room.Dial));

        room.Keep(room.Session.OpenSucceeded(result.RecordingId, room.Now));
        var directive = room.Session.DirectiveFor(Room.Dial)!;
        Assert.Equal((WantedState.Recording, "rec1", "hana"), (directive.State, directive.RecordingId, directive.RequesterId));
    }

    [Fact]
    public void A_recording_that_could_not_be_opened_never_was()
    {
        var room = new Room();
        room.Created();
        var result = room.Start(open: false);
        room.Keep(room.Session.OpenFailed(result.RecordingId, new RecordingFailure(RecordingErrorCode.StoreUnavailable, "down"), room.Now));

        Assert.Equal(RecordingStatus.None, room.Status);
        Assert.Empty(room.State.Outboxes);
        Assert.Equal(RecordingErrorCode.StoreUnavailable, Assert.Single(room.Failures).Failure.Code);
        Assert.Equal("rec2", room.Start().RecordingId);
    }

    [Fact]
    public void The_answer_starts_the_recording()
    {
        var room = new Room();
        room.Created();
        room.Start();
        Assert.Equal(RecordingStatus.Starting, room.Status);
        room.Answered();

        Assert.Equal(RecordingStatus.Recording, room.Status);
        Assert.Equal(room.Now, Assert.Single(room.Started));
        Assert.Contains(room.Timeline, entry => entry.Type == "recording_started");
    }

    public static TheoryData<string, RecordingPolicy?, RecordingPolicy?, RecordingPolicy?, RecordingPolicy?, bool> Precedence()
    {
        var yes = Room.Open;
        var no = Room.Open with { Enabled = false };
        return new()
        {
            { "created alone", yes, null, null, null, true },
            { "no policy at all", null, null, null, null, true },
            { "request over created", yes, no, null, null, false },
            { "request over created, allowing", no, yes, null, null, true },
            { "response over request", yes, yes, no, null, false },
            { "update over response", yes, yes, no, yes, true },
            { "update over all", yes, yes, yes, no, false },
            { "update over created", no, null, null, yes, true },
        };
    }

    [Theory]
    [MemberData(nameof(Precedence))]
    public void Policies_take_precedence_by_source(string name, RecordingPolicy? created, RecordingPolicy? request, RecordingPolicy? response, RecordingPolicy? updated, bool allowed)
    {
        Assert.NotEmpty(name);
        var room = new Room();
        room.On(new RoomCreated { TimeUs = 0, HostId = "hana", Policy = created });
        if (updated is not null)
        {
            room.Updated(updated);
        }

        var records = true;
        try
        {
            room.Start(policy: request);
            room.Answered(policy: response);
            records = room.Status == RecordingStatus.Recording;
        }
        catch (RecordingException)
        {
            records = false;
        }

        Assert.Equal(allowed, records);
    }

    [Fact]
    public void The_outputs_of_the_policy_in_force_at_the_stop_are_among_the_recordings_facts()
    {
        var room = Room.Recording(Room.Open with { Outputs = ["report"] });
        room.Updated(Room.Open with { Outputs = ["composite", "tracks"] });
        room.Stop();
        room.Updated(Room.Open with { Outputs = ["transcript"] });

        Assert.Equal(["composite", "tracks"], room.State.Recording!.Policies[^1].Policy.Outputs, StringComparer.Ordinal);
    }

    [Fact]
    public void An_output_that_nobody_can_make_stands_in_the_timeline_once_and_everything_else_of_the_policy_holds()
    {
        var room = new Room();
        room.Created(Room.Open with { Outputs = ["film", "report"] });
        room.Start();
        room.Answered();
        Assert.Equal(RecordingStatus.Recording, room.Status);
        var error = Assert.Single(room.Timeline, static entry => entry.Type == "error");
        Assert.Equal((int)RecordingErrorCode.ProtocolViolation, error.Code);
        Assert.Equal("policy outputs: expected some of report, composite, tracks, transcript, found \"film\"", error.Reason);
        Assert.Contains(error, room.State.Outboxes.Single().Timeline);

        room.Updated(Room.Open with { Outputs = ["film"], RetentionDays = 3 });
        Assert.Single(room.Timeline, static entry => entry.Type == "error");
        room.Updated(Room.Open with { Outputs = ["opera"] });
        Assert.Equal(2, room.Timeline.Count(static entry => entry.Type == "error"));
        Assert.Equal(RecordingStatus.Recording, room.Status);
    }

    [Fact]
    public void Without_any_policy_the_host_of_the_room_records()
    {
        var room = new Room();
        room.On(new PeerJoined { TimeUs = 0, PeerId = "hugo", IsHost = true });

        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, Room.Refused(() => room.Start(Requester.Peer("hana"))));
        Assert.Equal("rec1", room.Start(Requester.Peer("hugo")).RecordingId);
    }

    [Fact]
    public void The_authoritative_policy_of_the_answer_refuses_with_its_code()
    {
        var room = new Room();
        room.Created();
        room.Start();
        room.Answered(policy: Room.Open with { HostId = "hugo" });

        Assert.Equal(RecordingErrorCode.NotAuthorizedToRecord, Assert.Single(room.Failures).Failure.Code);
        var stop = Assert.Single(room.Stops);
        Assert.Equal((RecordingStatus.Failed, RecordingErrorCode.NotAuthorizedToRecord), (stop.Status, stop.Code));
        var directive = room.Session.DirectiveFor(Room.Dial)!;
        Assert.Equal((WantedState.Idle, "rec1"), (directive.State, directive.RecordingId));
    }

    [Theory]
    [InlineData("Recording disabled for this room", RecordingErrorCode.RecordingDisabled)]
    [InlineData("Not authorized to record", RecordingErrorCode.NotAuthorizedToRecord)]
    [InlineData("out of memory", RecordingErrorCode.WrongState)]
    public void A_refusal_of_the_sfu_ends_the_start(string message, RecordingErrorCode expected)
    {
        var room = new Room();
        room.Created();
        room.Start();
        room.Answered(success: false, message: message);

        Assert.Equal(expected, Assert.Single(room.Failures).Failure.Code);
        Assert.Equal(RecordingStatus.Failed, Assert.Single(room.Stops).Status);
    }

    [Fact]
    public void A_refused_policy_of_an_old_answer_does_not_forbid_the_next_start()
    {
        var room = new Room();
        room.Created();
        room.Start();
        room.Answered(policy: Room.Open with { Enabled = false });
        room.Keep(room.Session.RecordingEnded("rec1", RecordingStatus.Failed, room.Now));

        Assert.Equal("rec2", room.Start().RecordingId);
    }

    [Fact]
    public void An_answer_that_comes_twice_changes_nothing()
    {
        var room = Room.Recording();
        var before = room.Timeline.Count;
        room.Answered();

        Assert.Equal(before, room.Timeline.Count);
        Assert.Single(room.Started);
    }

    [Fact]
    public void An_answer_for_an_older_recording_has_what_it_began_stopped()
    {
        var room = Room.Recording();
        room.Stop();
        room.Keep(room.Session.RecordingEnded("rec1", RecordingStatus.Completed, room.Now));
        Assert.Null(room.Session.DirectiveFor(Room.Dial)!.RecordingId);
        room.Answered(recording: "rec1");

        Assert.Equal(RecordingStatus.None, room.Status);
        Assert.Equal("rec1", room.Session.DirectiveFor(Room.Dial)!.RecordingId);

        room.Start();
        room.Answered(recording: "rec1");
        Assert.Equal(RecordingStatus.Starting, room.Status);
        Assert.Equal("rec2", room.Session.DirectiveFor(Room.Dial)!.RecordingId);
    }

    [Fact]
    public void An_sfu_that_never_answers_fails_the_start()
    {
        var room = new Room();
        room.Created();
        room.Start();
        room.Pass(TimeSpan.FromSeconds(59));
        Assert.Equal(RecordingStatus.Starting, room.Status);
        room.Pass(TimeSpan.FromSeconds(2));

        Assert.Single(room.Failures);
        Assert.Equal(RecordingStatus.Failed, Assert.Single(room.Stops).Status);
    }

    [Fact]
    public void Auto_record_starts_with_the_first_producer_as_system()
    {
        var room = new Room();
        room.Created(Room.Open with { AutoRecord = true });
        room.Joined("paul");
        Assert.Equal(RecordingStatus.None, room.Status);

        var effects = room.Sends("p1", "paul");

        Assert.Equal(Requester.System, effects.OpenRecording!.Requester);
        room.Keep(room.Session.OpenSucceeded("rec1", room.Now));
        room.Answered();
        Assert.Equal(["paul-audio"], room.Subscribed());
        room.Stop(Requester.Admin("ops"));
        room.Keep(room.Session.RecordingEnded("rec1", RecordingStatus.Completed, room.Now));
        room.Sends("p2", "paul");
        Assert.Equal(RecordingStatus.None, room.Status);
    }

    [Fact]
    public void Auto_record_waits_for_a_policy_that_comes_late()
    {
        var room = new Room();
        room.Sends("p1", "paul");
        Assert.Equal(RecordingStatus.None, room.Status);

        Assert.NotNull(room.Created(Room.Open with { AutoRecord = true }).OpenRecording);
    }

    [Fact]
    public void Auto_record_is_tried_again_when_the_store_was_down_or_the_limit_reached()
    {
        var room = new Room();
        room.Created(Room.Open with { AutoRecord = true });
        room.Sends("p1", "paul");
        room.Keep(room.Session.OpenFailed("rec1", new RecordingFailure(RecordingErrorCode.StoreUnavailable, "down"), room.Now));
        room.Pass(TimeSpan.FromSeconds(4));
        Assert.Equal(RecordingStatus.None, room.Status);
        room.LimitReached = true;
        room.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(RecordingStatus.None, room.Status);
        room.LimitReached = false;
        room.Pass(TimeSpan.FromSeconds(5));

        Assert.Equal((RecordingStatus.Starting, "rec2"), (room.Status, room.State.Recording!.RecordingId));
    }

    [Fact]
    public void Auto_record_does_not_override_a_disabled_policy_but_follows_its_change()
    {
        var room = new Room();
        room.Created(Room.Open with { AutoRecord = true, Enabled = false });
        room.Sends("p1", "paul");
        Assert.Equal(RecordingStatus.None, room.Status);
        Assert.Empty(room.Refusals);

        Assert.NotNull(room.Updated(Room.Open with { AutoRecord = true }).OpenRecording);
    }

    [Theory]
    [InlineData("paul", RecordingErrorCode.NotAuthorizedToRecord)]
    [InlineData("hana", RecordingErrorCode.None)]
    public void A_participant_asks_through_the_sfu(string peer, RecordingErrorCode expected)
    {
        var room = new Room();
        room.Created();
        var effects = room.On(new StartRequested { TimeUs = 0, RequesterId = peer });

        Assert.Equal(expected, effects.Refusals.Select(refusal => refusal.Code).FirstOrDefault());
        Assert.Equal(expected == RecordingErrorCode.None, effects.OpenRecording is not null);
    }

    [Fact]
    public void Disabling_in_mid_session_stops_and_says_why()
    {
        var room = Room.Recording();
        room.Sends("p1", "paul");
        room.Updated(Room.Open with { Enabled = false });

        var stop = Assert.Single(room.Stops);
        Assert.Equal(("policy", RecordingStatus.Completed), (stop.Reason, stop.Status));
        Assert.Contains(room.Timeline, entry => entry is { Type: "recording_stopped", Reason: "policy" });
        Assert.Equal(WantedState.Idle, room.Session.DirectiveFor(Room.Dial)!.State);
        Assert.Empty(room.Subscribed());
    }

    [Fact]
    public void A_media_type_that_is_turned_off_and_on_is_unsubscribed_and_subscribed_under_the_same_track()
    {
        var room = Room.Recording();
        room.Sends("a", "paul");
        room.Sends("v", "paul", "video");
        Assert.Equal(["paul-audio", "paul-video"], room.Subscribed());

        room.Updated(Room.Open with { RecordVideo = false });
        Assert.Equal(["paul-audio"], room.Subscribed());
        Assert.Contains(room.Timeline, entry => entry is { Type: "track_unsubscribed", TrackId: "paul-video", Reason: "policy", Code: 5003 });

        room.Updated(Room.Open);
        Assert.Equal(["paul-audio", "paul-video"], room.Subscribed());
        Assert.Equal(2, room.Tracks.Count);
        Assert.Equal(3, room.State.Recording!.Policies.Count);
    }

    [Fact]
    public void A_policy_update_that_was_overtaken_by_a_newer_one_is_dropped()
    {
        var room = Room.Recording();
        var late = room.Now;
        room.Updated(Room.Open with { RecordVideo = false });
        room.On(new PolicyUpdated { TimeUs = late, Policy = Room.Open with { Enabled = false } });

        Assert.Equal(RecordingStatus.Recording, room.Status);
    }

    [Fact]
    public void Media_filters_participants_and_screenshares_decide_what_is_subscribed()
    {
        var room = Room.Recording(Room.Open with { RecordScreenshare = false }, new RecordingSelection { Audio = true, Screenshare = true, ParticipantIds = ["sharescreen_paul", "hana"] });
        room.Sends("1", "paul");
        room.Sends("2", "paul", "video");
        room.Sends("3", "sharescreen_paul", "video");
        room.Sends("4", "quinn");
        room.Sends("5", "sharescreen_hana", "audio");
        room.Sends("6", "hana", "audio");

        Assert.Equal(["paul-audio", "hana-audio"], room.Subscribed());
    }

    [Fact]
    public void Tracks_are_named_by_participant_and_kind_and_numbered_when_published_again()
    {
        var room = Room.Recording();
        room.Sends("1", "paul");
        room.Sends("2", "paul", "video");
        room.Sends("3", "sharescreen_paul", "video");
        room.Sends("4", "sharescreen_paul", "audio");
        room.Sends("5", "paul", "video", "screenshare");
        room.Ends("1");
        room.Sends("6", "paul");
        room.Sends("7", "paul-screen");
        room.Sends("8", "a/b", "video");

        Assert.Equal(
            ["paul-audio", "paul-video", "paul-screen", "paul-screen-audio", "paul-screen-2", "paul-audio-2", "paul-screen-audio-2", "a%2Fb-video"],
            room.Tracks.Select(track => track.TrackId).ToArray());
        Assert.All(room.Tracks.Take(6), track => Assert.Equal("paul", track.ParticipantId));
    }

    [Theory]
    [InlineData("g722", true)]
    [InlineData("video/H266", true)]
    [InlineData("video/AV1", false)]
    [InlineData("vp8", false)]
    [InlineData("video/VP8", false)]
    [InlineData("audio/opus", false)]
    [InlineData("audio/red", false)]
    [InlineData("", false)]
    public void Track_that_cannot_be_rendered_is_said_once_and_recorded_all_the_same(string codec, bool rawOnly)
    {
        var room = Room.Recording();
        var producer = Room.Producer("1", "paul", "video") with { Codec = codec };
        room.On(new ProducerCreated { TimeUs = 0, Producer = producer });
        room.On(new TrackSubscribed { TimeUs = 0, Producer = producer with { DisplayName = "Paul" } });
        room.Reload();
        room.On(new TrackSubscribed { TimeUs = 0, Producer = producer with { DisplayName = "Paula" } });

        var expected = rawOnly ? 1 : 0;
        Assert.Equal(expected, room.Refusals.Count(failure => failure.Code == RecordingErrorCode.UnsupportedCodec && failure.Message.Contains(codec, StringComparison.Ordinal)));
        Assert.Equal(expected, room.Timeline.Count(entry => entry is { Type: "error", Code: 3002, TrackId: "paul-video", ProducerId: "1" }));
        Assert.Equal(["paul-video"], room.Subscribed());
        Assert.Equal(codec, room.Tracks[^1].Producer.Codec);
    }

    [Fact]
    public void Codec_that_is_told_late_is_judged_then_and_again_for_the_next_recording()
    {
        var room = Room.Recording();
        room.On(new ProducerCreated { TimeUs = 0, Producer = Room.Producer("1", "paul", "video") with { Codec = "" } });
        Assert.Empty(room.Refusals);
        room.On(new TrackSubscribed { TimeUs = 0, Producer = Room.Producer("1", "paul", "video") with { Codec = "h266" } });
        Assert.Equal(RecordingErrorCode.UnsupportedCodec, Assert.Single(room.Refusals).Code);

        room.Stop();
        room.Keep(room.Session.RecordingEnded("rec1", RecordingStatus.Completed, room.Now));
        room.Start();
        room.Answered();
        Assert.Equal(2, room.Refusals.Count);
    }

    [Fact]
    public void Tracks_beyond_the_limit_are_refused_once()
    {
        var room = new Room();
        room.Rules = room.Rules with { MaxTracks = 1 };
        room.Reload();
        room.Created();
        room.Start();
        room.Answered();
        room.Sends("1", "paul");
        room.Sends("2", "quinn");
        room.Joined("rosa");

        Assert.Equal(RecordingErrorCode.TrackLimit, Assert.Single(room.Refusals).Code);
        Assert.Single(room.Tracks);
    }
}

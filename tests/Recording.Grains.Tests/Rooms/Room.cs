using System.Text.Json;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Rooms;
using Recording.Grains.Rooms.State;
using Recording.Model;

namespace Recording.Grains.Tests.Rooms;

/// <summary>A room under test: events go in on links, time is a number, everything that came out is kept.</summary>
internal sealed class Room
{
    public const string Dial = "dial:sfu:50055";
    public const string Other = "id:sfu-2";
    public const long Second = 1_000_000;

    private int _minted;

    public Room()
    {
        Rules = new RoomRules
        {
            MintRecordingId = () => $"rec{++_minted}",
            Prefix = static (room, recording, path) => path.Contains("..", StringComparison.Ordinal)
                ? throw new RecordingException(RecordingErrorCode.ProtocolViolation, "path")
                : $"{(path.Length > 0 ? path : "rooms/" + room)}/{recording}/",
            EncodeId = static id => id.Length > 200 ? throw new RecordingException(RecordingErrorCode.ProtocolViolation, "id") : Uri.EscapeDataString(id),
            RoomLimitReached = () => LimitReached,
        };
        Session = new RoomSession(new RoomState { RoomId = "room" }, Rules);
    }

    public RoomRules Rules { get; set; }

    public bool LimitReached { get; set; }

    public RoomSession Session { get; private set; }

    public long Now { get; set; } = 1_000 * Second;

    public ulong Epoch { get; set; } = 7;

    public List<TimelineEvent> Timeline { get; } = [];

    public List<RecordingFailure> Refusals { get; } = [];

    public List<TrackRegistration> Tracks { get; } = [];

    public List<RecordingStop> Stops { get; } = [];

    public List<StartFailure> Failures { get; } = [];

    public List<RoomDirective> Directives { get; } = [];

    public List<long> Started { get; } = [];

    public RoomState State => Session.State;

    public RecordingStatus Status => State.Recording?.Status ?? RecordingStatus.None;

    public static RecordingPolicy Open { get; } = new() { Enabled = true, WhoCanRecord = "host", HostId = "hana" };

    public static ProducerDescription Producer(string id, string peer, string kind = "audio", string trackType = "") =>
        new() { ProducerId = id, PeerId = peer, Kind = kind, TrackType = trackType, Codec = kind == "audio" ? "opus" : "vp8" };

    /// <summary>Applies an event one second later.</summary>
    public RoomEffects On(RoomEvent roomEvent, string link = Dial)
    {
        Now += Second;
        return At(roomEvent, link);
    }

    /// <summary>Applies an event now.</summary>
    public RoomEffects At(RoomEvent roomEvent, string link = Dial) =>
        Keep(Session.Apply(roomEvent.TimeUs == 0 ? roomEvent with { TimeUs = Now } : roomEvent, new LinkContext(link, Epoch), Now));

    public RoomEffects Created(RecordingPolicy? policy = null, string link = Dial) =>
        On(new RoomCreated { TimeUs = 0, RoomName = "Room", HostId = "hana", Policy = policy ?? Open }, link);

    public RoomEffects Joined(string peer, string link = Dial) => On(new PeerJoined { TimeUs = 0, PeerId = peer, DisplayName = peer.ToUpperInvariant() }, link);

    public RoomEffects Left(string peer, string link = Dial) => On(new PeerLeft { TimeUs = 0, PeerId = peer }, link);

    public RoomEffects Sends(string producer, string peer, string kind = "audio", string trackType = "", string link = Dial) =>
        On(new ProducerCreated { TimeUs = 0, Producer = Producer(producer, peer, kind, trackType) }, link);

    public RoomEffects Ends(string producer, string link = Dial) => On(new ProducerClosed { TimeUs = 0, ProducerId = producer }, link);

    public RoomEffects Updated(RecordingPolicy policy, string link = Dial) => On(new PolicyUpdated { TimeUs = 0, Policy = policy }, link);

    public RoomEffects Answered(bool success = true, RecordingPolicy? policy = null, string? recording = null, string message = "", string link = Dial, params ProducerDescription[] tracks) =>
        On(new StartAnswered { TimeUs = 0, RecordingId = recording ?? State.LastRecordingId, Success = success, Policy = policy, ErrorMessage = message, Tracks = tracks }, link);

    /// <summary>Accepts a start and opens the recording.</summary>
    public StartResult Start(Requester? requester = null, RecordingSelection? selection = null, RecordingPolicy? policy = null, bool open = true)
    {
        Now += Second;
        var (result, effects) = Session.Start(
            new StartRecordingCommand { Requester = requester ?? Requester.Peer("hana"), Selection = selection ?? RecordingSelection.ByPolicy, Policy = policy }, Now);
        Keep(effects);
        if (open)
        {
            Keep(Session.OpenSucceeded(result.RecordingId, Now));
        }

        return result;
    }

    /// <summary>A room with a recording under way.</summary>
    public static Room Recording(RecordingPolicy? policy = null, RecordingSelection? selection = null)
    {
        var room = new Room();
        room.Created(policy);
        room.Start(selection: selection);
        room.Answered();
        return room;
    }

    public void Stop(Requester? requester = null, bool trigger = false) =>
        Keep(Session.Stop(new StopRecordingCommand { Requester = requester ?? Requester.Peer("hana"), TriggerPostProcessing = trigger }, Now += Second));

    public void Pass(TimeSpan time) => Keep(Session.Tick(Now += time.Ticks / TimeSpan.TicksPerMicrosecond));

    public void Lose(string link = Dial) => On(new LinkLost { TimeUs = 0, Code = RecordingErrorCode.HeartbeatLost }, link);

    public void Up(string link = Dial) => On(new LinkUp { TimeUs = 0, SfuId = link }, link);

    /// <summary>Reads the state back from JSON, as a new activation does.</summary>
    public void Reload()
    {
        var state = JsonSerializer.Deserialize<RoomState>(JsonSerializer.Serialize(State))!;
        Session = new RoomSession(state, Rules);
        Keep(Session.Reactivated(Now));
    }

    public string[] Subscribed(string link = Dial) =>
        Session.DirectiveFor(link) is { State: not WantedState.Idle } directive ? [.. directive.Tracks.Select(static track => track.TrackId)] : [];

    public string[] Types() => [.. Timeline.Select(static entry => entry.Type)];

    public static RecordingErrorCode Refused(Action action) => Assert.Throws<RecordingException>(action).Code;

    public RoomEffects Keep(RoomEffects effects)
    {
        Timeline.AddRange(effects.Timeline);
        Refusals.AddRange(effects.Refusals);
        Refusals.AddRange(effects.TrackRefusals.Select(static refusal => refusal.Failure));
        Tracks.AddRange(effects.TracksAdded);
        Failures.AddRange(effects.StartFailures);
        Directives.AddRange(effects.Directives);
        if (effects.StopRecording is { } stop)
        {
            Stops.Add(stop);
        }

        if (effects.RecordingStarted is { } started)
        {
            Started.Add(started);
        }

        return effects;
    }
}

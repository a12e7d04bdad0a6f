using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Rooms;
using Recording.Grains.Rooms.State;
using Recording.Model;

namespace Recording.Grains.Tests.Rooms;

/// <summary>Whatever a hostile or confused SFU, gateway or user does, in any order, the room stays sound.</summary>
public sealed class RoomSessionProperties
{
    private static readonly string[] Peers = ["hana", "paul", "sharescreen_paul", "quinn"];
    private static readonly string[] Links = [Room.Dial, Room.Other];

    /// <summary>One step: what, on which link, about whom, and how far time goes (or the event's time goes back).</summary>
    public sealed record Step(int What, int Link, int Who, int Producer, bool Flag, int SecondsOn, int SecondsLate);

    public static class Steps
    {
        public static Arbitrary<Step[]> All()
        {
            var step = from what in Gen.Choose(0, 24)
                       from link in Gen.Choose(0, 1)
                       from who in Gen.Choose(0, Peers.Length - 1)
                       from producer in Gen.Choose(0, 4)
                       from flag in Gen.Elements(true, false)
                       from passes in Gen.Frequency((8, Gen.Choose(0, 2)), (1, Gen.Choose(20, 90)))
                       from late in Gen.Frequency((5, Gen.Constant(0)), (1, Gen.Choose(1, 10)))
                       select new Step(what, link, who, producer, flag, passes, late);
            return Gen.Sized(size => step.ArrayOf(10 + (2 * size))).ToArbitrary();
        }
    }

    [Property(Arbitrary = [typeof(Steps)], MaxTest = 200)]
    public void Any_sequence_keeps_the_room_sound(Step[] steps)
    {
        var room = new Room();
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        var trackIds = new HashSet<string>(StringComparer.Ordinal);
        foreach (var step in steps)
        {
            var directives = room.Directives.Count;
            var tracks = room.Tracks.Count;
            Take(room, step);
            foreach (var directive in room.Directives.Skip(directives))
            {
                Assert.True(!versions.TryGetValue(directive.LinkKey, out var last) || directive.Version > last, "versions rise");
                versions[directive.LinkKey] = directive.Version;
            }

            foreach (var track in room.Tracks.Skip(tracks).Where(track => !room.Tracks.Take(tracks).Any(known => SameTrack(known, track))))
            {
                Assert.True(trackIds.Add($"{room.State.LastRecordingId}/{track.TrackId}"), "track ids are unique in a recording");
            }

            CheckState(room);
        }
    }

    [Property(Arbitrary = [typeof(Steps)], MaxTest = 40)]
    public void Repeating_any_prefix_changes_nothing(Step[] steps)
    {
        var room = new Room();
        var batches = new List<RoomEventBatch>();
        var sequences = new long[2];
        foreach (var step in steps)
        {
            room.Now += step.SecondsOn * Room.Second;
            if (EventOf(room, step) is not { } roomEvent)
            {
                continue;
            }

            var batch = new RoomEventBatch { LinkKey = Links[step.Link], Fence = 1, Epoch = 7, FirstSequence = ++sequences[step.Link], Events = [roomEvent] };
            batches.Add(batch);
            room.Session.Handle(batch, room.Now);
            var before = JsonSerializer.Serialize(room.State);
            foreach (var old in batches)
            {
                var outcome = room.Session.Handle(old, room.Now);
                Assert.Empty(outcome.Effects.Timeline);
                Assert.Empty(outcome.Effects.Directives);
            }

            Assert.Equal(before, JsonSerializer.Serialize(room.State));
        }
    }

    [Property(Arbitrary = [typeof(Steps)], MaxTest = 40)]
    public void A_restart_at_any_moment_loses_nothing(Step[] steps)
    {
        var room = new Room();
        foreach (var step in steps)
        {
            Take(room, step);
            var before = JsonSerializer.Serialize(room.State.Recording) + JsonSerializer.Serialize(room.State.Outboxes) + JsonSerializer.Serialize(room.State.Producers);
            var read = JsonSerializer.Deserialize<RoomState>(JsonSerializer.Serialize(room.State))!;
            Assert.Equal(before, JsonSerializer.Serialize(read.Recording) + JsonSerializer.Serialize(read.Outboxes) + JsonSerializer.Serialize(read.Producers));
        }
    }

    private static bool SameTrack(Abstractions.Recordings.TrackRegistration left, Abstractions.Recordings.TrackRegistration right) =>
        left.TrackId == right.TrackId && left.Producer.ProducerId == right.Producer.ProducerId;

    private static void CheckState(Room room)
    {
        var state = room.State;
        var policy = room.Session.EffectivePolicy();
        var live = state.Recording is { Status: RecordingStatus.Starting or RecordingStatus.Recording or RecordingStatus.Paused } ? state.Recording : null;
        Assert.True(live is null || policy.Enabled || !live.Opened, "nothing is recorded against the policy");
        var wanted = Links.Select(room.Session.DirectiveFor).OfType<RoomDirective>().Where(directive => directive.State != WantedState.Idle).ToArray();
        Assert.True(wanted.All(directive => directive.RecordingId == live?.RecordingId), "links record nothing but the live recording");
        var tracks = wanted.SelectMany(directive => directive.Tracks).ToArray();
        Assert.Equal(tracks.Length, tracks.Select(track => track.ProducerId).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(tracks.Length, tracks.Select(track => track.TrackId).Distinct(StringComparer.Ordinal).Count());
        if (live is not null)
        {
            var filter = MediaFilter.From(policy).Narrow(live.Selection.Audio, live.Selection.Video, live.Selection.Screenshare);
            Assert.All(tracks, track => Assert.True(filter.Allows(track.Kind, track.IsScreenshare), "every track is allowed"));
            Assert.Equal(live.TrackIds.Count, live.TrackIds.Distinct(StringComparer.Ordinal).Count());
            Assert.Single(state.Outboxes, outbox => outbox.RecordingId == live.RecordingId && outbox.Stop is null);
            Assert.All(live.Participants.GroupBy(peer => peer.PeerId, StringComparer.Ordinal), group => Assert.Single(group));
        }

        Assert.InRange(state.History.Count, 0, room.Rules.HistoryLimit);
        Assert.True(state.Outboxes.Count(outbox => outbox.Stop is null && !outbox.Stopped) <= 1, "one live recording at most");
    }

    private static void Take(Room room, Step step)
    {
        room.Now += step.SecondsOn * Room.Second;
        try
        {
            if (EventOf(room, step) is { } roomEvent)
            {
                room.At(roomEvent, Links[step.Link]);
            }
            else
            {
                Command(room, step);
            }
        }
        catch (RecordingException exception)
        {
            Assert.NotEqual(RecordingErrorCode.None, exception.Code);
        }
    }

    private static RoomEvent? EventOf(Room room, Step step)
    {
        var time = room.Now - (step.SecondsLate * Room.Second);
        var peer = Peers[step.Who];
        var producer = Room.Producer($"p{step.Producer}", peer, step.Producer % 2 == 0 ? "audio" : "video");
        var policy = Room.Open with { AutoRecord = step.Who == 1, Enabled = step.Producer != 4, RecordVideo = step.Flag, RecordAudioOnly = step.Producer == 3 };
        return step.What switch
        {
            0 => new RoomCreated { TimeUs = time, HostId = "hana", Policy = step.Flag ? policy : null },
            1 => new RoomClosed { TimeUs = time },
            2 or 3 => new PeerJoined { TimeUs = time, PeerId = peer, IsHost = step.Flag },
            4 => new PeerLeft { TimeUs = time, PeerId = peer },
            5 or 6 or 7 => new ProducerCreated { TimeUs = time, Producer = producer },
            8 => new ProducerClosed { TimeUs = time, ProducerId = producer.ProducerId },
            9 => step.Flag ? new ProducerPaused { TimeUs = time, ProducerId = producer.ProducerId } : new ProducerResumed { TimeUs = time, ProducerId = producer.ProducerId },
            10 => new ActiveSpeaker { TimeUs = time, PeerId = peer },
            11 => new PolicyUpdated { TimeUs = time, Policy = policy },
            12 or 13 => new StartAnswered { TimeUs = time, RecordingId = room.State.LastRecordingId, Success = step.Producer != 4, Policy = step.Flag ? policy : null, Tracks = [producer] },
            14 => new LinkLost { TimeUs = time },
            15 => new LinkUp { TimeUs = time },
            16 => new SfuError { TimeUs = time, Code = step.Flag ? 3001 : 2001, ProducerId = step.Flag ? producer.ProducerId : "" },
            17 => new RoomSnapshot { TimeUs = time, Room = new RoomCreated { TimeUs = time }, Peers = [new PeerJoined { TimeUs = time, PeerId = peer }], Producers = [producer], Policy = step.Flag ? policy : null },
            18 => new StartRequested { TimeUs = time, RequesterId = peer },
            _ => null,
        };
    }

    private static void Command(Room room, Step step)
    {
        var session = room.Session;
        switch (step.What)
        {
            case 19 or 20:
                room.Start(Requester.Admin("ops"), open: step.Flag);
                break;
            case 21:
                room.Stop(Requester.Admin("ops"));
                break;
            case 22:
                room.Keep(step.Flag ? session.Pause(Requester.Admin("ops"), null, room.Now) : session.Resume(Requester.Admin("ops"), null, room.Now));
                break;
            case 23:
                if (room.State.Recording is { Opened: false } opening)
                {
                    room.Keep(step.Flag
                        ? session.OpenSucceeded(opening.RecordingId, room.Now)
                        : session.OpenFailed(opening.RecordingId, new RecordingFailure(RecordingErrorCode.StoreUnavailable, "down"), room.Now));
                }
                else if (room.State.Recording is { Status: RecordingStatus.Stopping } stopping)
                {
                    room.Keep(session.RecordingEnded(stopping.RecordingId, RecordingStatus.Completed, room.Now));
                }

                break;
            default:
                if (step.Flag)
                {
                    room.Pass(TimeSpan.Zero);
                }
                else
                {
                    room.Reload();
                }

                break;
        }
    }
}

using System.Text.Json;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Rooms.State;
using Recording.Model;

namespace Recording.Grains.Rooms;

/// <summary>
/// The rules of a room: events and commands in, state and effects out. Pure: no clock, no waiting, no chance. Times called <c>nowUs</c> are
/// µs since 1970 on our clock; times inside events are on the SFU's.
/// </summary>
public sealed partial class RoomSession
{
    private const int TombstoneLimit = 512;
    private const int EventsAheadLimit = 1024;

    private readonly RoomState _state;
    private readonly RoomRules _rules;
    private RoomEffects _effects = new();
    private long _nowUs;

    /// <param name="state">The room as it was stored; changed in place.</param>
    /// <param name="rules">Settings and sources.</param>
    public RoomSession(RoomState state, RoomRules rules)
    {
        _state = state;
        _rules = rules;
    }

    /// <summary>The room as it is now.</summary>
    public RoomState State => _state;

    /// <summary>Applies a link's batch: refuses older fences, skips what it has, asks again after a hole.</summary>
    public HandleOutcome Handle(RoomEventBatch batch, long nowUs)
    {
        Begin(nowUs);
        if (_state.Links.TryGetValue(batch.LinkKey, out var link) && batch.Fence < link.Fence)
        {
            return new HandleOutcome(true, 0, _effects);
        }

        link ??= AddLink(batch.LinkKey);
        if (batch.Fence > link.Fence)
        {
            link.Fence = batch.Fence;
            link.LastSequence = 0;
        }

        if (batch.Events.Length == 0 && link.AssumedLost)
        {
            RestoreLink(batch.LinkKey, link, nowUs);
        }

        if (batch.FirstSequence <= link.LastSequence + 1)
        {
            var context = new LinkContext(batch.LinkKey, batch.Epoch);
            for (var i = (int)Math.Min(link.LastSequence + 1 - batch.FirstSequence, batch.Events.Length); i < batch.Events.Length; i++)
            {
                ApplyOne(batch.Events[i], context, link);
                link.LastSequence = batch.FirstSequence + i;
            }
        }

        return new HandleOutcome(false, link.LastSequence + 1, _effects);
    }

    /// <summary>Applies one event. Never throws for what an SFU says: what is not allowed is refused in the effects.</summary>
    public RoomEffects Apply(RoomEvent roomEvent, LinkContext context, long nowUs)
    {
        Begin(nowUs);
        ApplyOne(roomEvent, context, _state.Links.TryGetValue(context.LinkKey, out var link) ? link : AddLink(context.LinkKey));
        return _effects;
    }

    /// <summary>The room for whoever looks at it; null when nothing is known of it.</summary>
    public RoomView? View(long nowUs)
    {
        if (_state.Recording is null && !_state.Links.Values.Any(static link => link.RoomOpen))
        {
            return null;
        }

        return new RoomView
        {
            RoomId = _state.RoomId,
            RoomName = _state.RoomName,
            Peers = [.. _state.Participants.Where(IsPresent).Select(static peer => new PeerView(peer.PeerId, peer.DisplayName))],
            Producers = [.. _state.Producers.Where(IsThere).Select(ToView)],
            Policy = EffectivePolicy(),
            RecordingId = _state.Recording?.RecordingId,
            Status = _state.Recording?.Status ?? RecordingStatus.None,
            Prefix = _state.Recording?.Prefix ?? "",
            Links = [.. _state.Links.Where(static link => link.Value.RoomOpen).Select(static link => link.Key + (link.Value.Up ? " up" : " lost"))],
            TimeUs = nowUs,
        };
    }

    private static ProducerView ToView(ProducerState producer) => new(
        producer.Description.ProducerId,
        PeerIdentity.Normalize(producer.Description.PeerId),
        producer.Description.Kind,
        IsScreenshare(producer.Description) ? "screenshare" : producer.Description.TrackType,
        producer.Description.Codec,
        producer.Paused,
        producer.TrackLink is null ? null : producer.TrackId);

    private void Begin(long nowUs)
    {
        _effects = new RoomEffects();
        _nowUs = nowUs;
    }

    private LinkState AddLink(string linkKey)
    {
        var link = new LinkState();
        _state.Links.Add(linkKey, link);
        return link;
    }

    private void ApplyOne(RoomEvent roomEvent, LinkContext context, LinkState link)
    {
        if (context.Epoch != link.Epoch)
        {
            link.Epoch = context.Epoch;
            link.EventIndex = 0;
            link.EventsAhead.Clear();

            // Another session of the SFU: its rings are new.
            link.Tails.Clear();
        }

        if (!IsNew(roomEvent, link))
        {
            return;
        }

        var timeUs = roomEvent.TimeUs > 0 ? roomEvent.TimeUs : _nowUs;
        var stamp = new EventStamp(timeUs, roomEvent.EventIndex, context.Epoch);
        link.LastEventUs = Math.Max(link.LastEventUs, timeUs);
        _effects.Changed = true;
        try
        {
            Dispatch(roomEvent, context.LinkKey, link, stamp);
        }
        catch (RecordingException exception)
        {
            _effects.Refusals.Add(new RecordingFailure(exception.Code, exception.Message));
        }

        ReconcileTracks(timeUs);
        StartByPolicy();
        RefreshDirectives();
    }

    /// <summary>Recognises repeated SFU events; order does not matter.</summary>
    private static bool IsNew(RoomEvent roomEvent, LinkState link)
    {
        var index = roomEvent.EventIndex;
        if (index == 0)
        {
            return true;
        }

        if (roomEvent is RoomSnapshot)
        {
            // A snapshot holds everything up to its index; an older one knows less than we do.
            if (index < link.EventIndex)
            {
                return false;
            }

            link.EventIndex = index;
            link.EventsAhead.RemoveWhere(ahead => ahead <= index);
        }
        else
        {
            if (index <= link.EventIndex || !link.EventsAhead.Add(index))
            {
                return false;
            }

            if (link.EventsAhead.Count > EventsAheadLimit)
            {
                link.EventIndex = link.EventsAhead.Min - 1;
            }
        }

        while (link.EventsAhead.Remove(link.EventIndex + 1))
        {
            link.EventIndex++;
        }

        return true;
    }

    private void Dispatch(RoomEvent roomEvent, string linkKey, LinkState link, EventStamp stamp)
    {
        if (roomEvent is LinkLost lost)
        {
            LoseLink(linkKey, link, stamp.TimeUs, lost.Code);
            return;
        }

        if (roomEvent is LinkUp up)
        {
            link.SfuId = up.SfuId;
            link.Capabilities = up.Capabilities;
        }

        RestoreLink(linkKey, link, stamp.TimeUs);
        var opens = roomEvent is RoomCreated or RoomSnapshot or PeerJoined or ProducerCreated or PolicyUpdated;
        if (opens && !OpenRoom(link, stamp))
        {
            return;
        }

        switch (roomEvent)
        {
            case RoomCreated created: OnRoomCreated(created, stamp); break;
            case RoomClosed closed: OnRoomClosed(closed, linkKey, link, stamp); break;
            case PolicyUpdated updated: OnPolicyUpdated(updated.Policy, stamp); break;
            case PeerJoined joined: OnPeerJoined(joined, linkKey, stamp); break;
            case PeerLeft left: OnPeerLeft(left.PeerId, left.Reason, linkKey, stamp); break;
            case ProducerCreated created: OnProducerCreated(created.Producer, linkKey, stamp); break;
            case ProducerClosed closed: OnProducerClosed(closed.ProducerId, closed.Reason, linkKey, stamp); break;
            case ProducerPaused paused: OnPauseChanged(paused.ProducerId, true, linkKey, stamp); break;
            case ProducerResumed resumed: OnPauseChanged(resumed.ProducerId, false, linkKey, stamp); break;
            case ProducerQuality quality: OnProducerQuality(quality, stamp.TimeUs); break;
            case ActiveSpeaker speaker when link.RoomOpen: OnActiveSpeaker(speaker, stamp.TimeUs); break;
            case RoomSnapshot snapshot: OnSnapshot(snapshot, linkKey, stamp); break;
            case StartAnswered answered: OnStartAnswered(answered, linkKey, link, stamp); break;
            case TrackSubscribed subscribed: OnTrackSubscribed(subscribed, linkKey, stamp.TimeUs); break;
            case TailStored stored: OnTailStored(stored, link); break;
            case SfuError error: OnSfuError(error, linkKey, link, stamp); break;
            case StartRequested requested:
                Accept(new StartRecordingCommand { Requester = Requester.Peer(requested.RequesterId), Policy = requested.Policy, Selection = requested.Selection });
                break;
        }
    }

    /// <summary>The room exists on this link; false = the event is from before the room was closed there.</summary>
    private static bool OpenRoom(LinkState link, EventStamp stamp)
    {
        if (!link.RoomOpen)
        {
            if (stamp.IsBefore(link.Closed))
            {
                return false;
            }

            link.RoomOpen = true;
            link.Opened = stamp;
        }

        return true;
    }

    private void Write(TimelineEvent timelineEvent, bool history = true)
    {
        _effects.Timeline.Add(timelineEvent);
        if (IsLive(_state.Recording))
        {
            CurrentOutbox()?.Timeline.Add(timelineEvent);
        }

        if (history)
        {
            _state.History.Add(timelineEvent);
            Trim(_state.History, _rules.HistoryLimit);
        }
    }

    private static void Trim<T>(List<T> list, int limit)
    {
        if (list.Count > limit)
        {
            list.RemoveRange(0, list.Count - limit);
        }
    }

    private static bool IsLive(LiveRecording? recording) =>
        recording is { Status: RecordingStatus.Starting or RecordingStatus.Recording or RecordingStatus.Paused };

    private RecordingOutbox? CurrentOutbox() => _state.Recording is { } recording ? FindOutbox(recording.RecordingId) : null;

    private RecordingOutbox? FindOutbox(string recordingId) =>
        _state.Outboxes.Find(outbox => string.Equals(outbox.RecordingId, recordingId, StringComparison.Ordinal));

    private static bool SamePolicy(RecordingPolicy? left, RecordingPolicy? right) =>
        ReferenceEquals(left, right) || string.Equals(JsonSerializer.Serialize(left), JsonSerializer.Serialize(right), StringComparison.Ordinal);

    private static bool IsScreenshare(ProducerDescription producer) =>
        ScreenshareRule.IsScreenshare(producer.IsScreenshare, producer.TrackType, producer.PeerId);
}

using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Rooms.State;
using Recording.Model;

namespace Recording.Grains.Rooms;

/// <content>Who is there and what they send.</content>
public sealed partial class RoomSession
{
    private static readonly TimeSpan SpeakerInterval = TimeSpan.FromMilliseconds(250);

    private void OnRoomCreated(RoomCreated created, EventStamp stamp)
    {
        var before = EffectivePolicy();
        _state.RoomName = created.RoomName.Length > 0 ? created.RoomName : _state.RoomName;
        _state.HostId = created.HostId.Length > 0 ? created.HostId : _state.HostId;
        _state.MeetingType = created.MeetingType.Length > 0 ? created.MeetingType : _state.MeetingType;
        if (created.Policy is not null)
        {
            _state.CreatedPolicy = new PolicySlot(created.Policy, stamp);
        }

        if (!_state.CreatedNoted)
        {
            _state.CreatedNoted = true;
            Write(new TimelineEvent { TimeUs = stamp.TimeUs, Type = "room_created" });
        }

        FactsChanged();
        PolicyMayHaveChanged(before, "room_created", stamp.TimeUs);
    }

    private void OnRoomClosed(RoomClosed closed, string linkKey, LinkState link, EventStamp stamp)
    {
        if (!link.RoomOpen && !link.Expired)
        {
            // Closed before anything was heard of it, or closed twice.
            link.Closed = stamp;
            return;
        }

        if (stamp.IsBefore(link.Opened))
        {
            // A close that was overtaken by the room's next opening.
            return;
        }

        foreach (var producer in _state.Producers.Where(producer => producer.Links.Contains(linkKey, StringComparer.Ordinal)).ToArray())
        {
            EndProducer(producer, linkKey, "room_closed", stamp);
        }

        foreach (var (participant, presence) in PresencesOn(linkKey))
        {
            EndPresence(participant, presence, "room_closed", stamp);
        }

        link.Closed = stamp;
        link.RoomOpen = false;
        link.Expired = false;
        if (_state.Links.Values.Any(static other => other.RoomOpen))
        {
            return;
        }

        Write(new TimelineEvent { TimeUs = stamp.TimeUs, Type = "room_closed", Reason = closed.Reason });
        EndRecording(RecordingStatus.Completed, "room_closed", stamp.TimeUs);
        ForgetRoom();
    }

    /// <summary>The room is over: the next one under this id starts afresh. Links keep their fences and what they have to stop.</summary>
    private void ForgetRoom()
    {
        _state.RoomName = _state.HostId = _state.MeetingType = "";
        _state.CreatedNoted = false;
        _state.CreatedPolicy = _state.RequestPolicy = _state.ResponsePolicy = _state.UpdatedPolicy = null;
        _state.Participants.Clear();
        _state.Producers.Clear();
        _state.EarlyPauses.Clear();
        _state.History.Clear();
        _state.Speaker = new SpeakerState();
        _state.AutoDone = _state.AutoRefused = false;
        _state.AutoRetryAtUs = 0;
        foreach (var link in _state.Links.Values)
        {
            link.Expired = false;
        }
    }

    private void OnPeerJoined(PeerJoined joined, string linkKey, EventStamp stamp)
    {
        CheckId(joined.PeerId, "peer_id");
        if (EndedAfter(linkKey, joined.PeerId, isPeer: true, stamp))
        {
            return;
        }

        var before = EffectivePolicy();
        var participant = Appear(joined.PeerId, linkKey, stamp, joined);
        participant.DeviceFlag = joined.DeviceFlag.Length > 0 ? joined.DeviceFlag : participant.DeviceFlag;
        participant.IsHost |= joined.IsHost;
        participant.IsCoHost |= joined.IsCoHost;
        participant.IsPanelist |= joined.IsPanelist;
        NoteParticipant(participant);
        PolicyMayHaveChanged(before, "peer_joined", stamp.TimeUs);
    }

    /// <summary>A participant is there, by its join or by what it sends.</summary>
    private ParticipantState Appear(string peerId, string linkKey, EventStamp stamp, PeerJoined? joined, string displayName = "")
    {
        var normalized = PeerIdentity.Normalize(peerId);
        var name = joined?.DisplayName ?? displayName;
        var participant = _state.Participants.Find(peer => peer.PeerId == normalized);
        if (participant is null)
        {
            // Who was forgotten for being away long is still the same participant in the recording.
            var known = IsLive(_state.Recording) ? _state.Recording!.Participants.Find(peer => peer.PeerId == normalized) : null;
            participant = new ParticipantState
            {
                PeerId = normalized,
                DisplayName = known?.DisplayName ?? "",
                DeviceFlag = known?.DeviceFlag ?? "",
                IsHost = known?.IsHost ?? false,
                IsCoHost = known?.IsCoHost ?? false,
                IsPanelist = known?.IsPanelist ?? false,
                JoinedAtUs = known?.JoinedAtUs ?? stamp.TimeUs,
            };
            _state.Participants.Add(participant);
        }

        if (name.Length > 0 && (normalized == peerId || participant.DisplayName.Length == 0))
        {
            participant.DisplayName = name;
        }

        var wasPresent = participant.Presences.Count > 0;
        var presence = participant.Presences.Find(here => here.LinkKey == linkKey && here.PeerId == peerId);
        if (presence is null)
        {
            participant.Presences.Add(new PresenceState { LinkKey = linkKey, PeerId = peerId, Joined = stamp });
            participant.LeftAtUs = 0;
        }
        else if (joined is not null && presence.Joined.IsBefore(stamp))
        {
            presence.Joined = stamp;
        }

        if (!wasPresent)
        {
            Write(new TimelineEvent
            {
                TimeUs = stamp.TimeUs,
                Type = "peer_joined",
                PeerId = normalized,
                DisplayName = participant.DisplayName,
                IsHost = joined?.IsHost,
                IsCoHost = joined?.IsCoHost,
                IsPanelist = joined?.IsPanelist,
            });
        }

        NoteParticipant(participant);
        return participant;
    }

    private void OnPeerLeft(string peerId, string reason, string linkKey, EventStamp stamp)
    {
        var participant = _state.Participants.Find(peer => peer.PeerId == PeerIdentity.Normalize(peerId));
        var presence = participant?.Presences.Find(here => here.LinkKey == linkKey && here.PeerId == peerId);
        if (presence is not null && stamp.IsBefore(presence.Joined))
        {
            // It left, came back, and the news of its leaving arrives last.
            return;
        }

        Bury(new Tombstone(linkKey, peerId, true, stamp, presence is null));
        foreach (var producer in _state.Producers.Where(producer => producer.Description.PeerId == peerId && producer.Links.Contains(linkKey, StringComparer.Ordinal)).ToArray())
        {
            EndProducer(producer, linkKey, "peer_left", stamp);
        }

        if (presence is not null)
        {
            EndPresence(participant!, presence, reason, stamp);
        }
    }

    private void EndPresence(ParticipantState participant, PresenceState presence, string reason, EventStamp stamp)
    {
        participant.Presences.Remove(presence);
        if (participant.Presences.Count > 0)
        {
            return;
        }

        participant.LeftAtUs = stamp.TimeUs;
        Write(new TimelineEvent { TimeUs = stamp.TimeUs, Type = "peer_left", PeerId = participant.PeerId, DisplayName = participant.DisplayName, Reason = reason });
        NoteParticipant(participant);
    }

    private (ParticipantState Participant, PresenceState Presence)[] PresencesOn(string linkKey) =>
        [.. _state.Participants.SelectMany(peer => peer.Presences.Where(presence => presence.LinkKey == linkKey).Select(presence => (peer, presence)))];

    private void OnProducerCreated(ProducerDescription description, string linkKey, EventStamp stamp)
    {
        CheckId(description.PeerId, "peer_id");
        CheckId(description.ProducerId, "producer_id");
        if (description.Kind is not ("audio" or "video"))
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"kind of producer {description.ProducerId} must be audio or video, found '{description.Kind}'.");
        }

        if (EndedAfter(linkKey, description.ProducerId, isPeer: false, stamp) || EndedAfter(linkKey, description.PeerId, isPeer: true, stamp))
        {
            return;
        }

        Appear(description.PeerId, linkKey, stamp, null, description.DisplayName);
        var producer = FindProducer(description.ProducerId);
        if (producer is not null)
        {
            if (!producer.Links.Contains(linkKey, StringComparer.Ordinal))
            {
                producer.Links.Add(linkKey);
            }

            Describe(producer, description, stamp.TimeUs);
            return;
        }

        producer = new ProducerState { Description = description, Created = stamp, Links = { linkKey } };
        _state.Producers.Add(producer);
        Write(ProducerEvent("producer_started", producer, stamp.TimeUs));
        var early = _state.EarlyPauses.FindAll(pause => pause.ProducerId == description.ProducerId);
        _state.EarlyPauses.RemoveAll(pause => pause.ProducerId == description.ProducerId);
        foreach (var pause in early)
        {
            OnPauseChanged(pause.ProducerId, pause.Paused, pause.LinkKey, pause.Stamp);
        }
    }

    private void OnProducerClosed(string producerId, string reason, string linkKey, EventStamp stamp)
    {
        var producer = FindProducer(producerId);
        if (producer is not null && producer.Links.Contains(linkKey, StringComparer.Ordinal))
        {
            if (!stamp.IsBefore(producer.Created) || producer.Links.Count > 1)
            {
                EndProducer(producer, linkKey, reason, stamp);
            }

            return;
        }

        Bury(new Tombstone(linkKey, producerId, false, stamp, Early: true));
    }

    private void EndProducer(ProducerState producer, string linkKey, string reason, EventStamp stamp)
    {
        Bury(new Tombstone(linkKey, producer.Description.ProducerId, false, stamp, Early: false));
        producer.Links.Remove(linkKey);
        if (producer.Links.Count > 0)
        {
            return;
        }

        if (_state.Recording is { } recording && IsLive(recording))
        {
            KeepTail(producer, recording);
        }

        _state.Producers.Remove(producer);
        Write(ProducerEvent("producer_ended", producer, stamp.TimeUs) with { Reason = reason });
    }

    private void OnPauseChanged(string producerId, bool paused, string linkKey, EventStamp stamp)
    {
        var producer = FindProducer(producerId);
        if (producer is null)
        {
            if (!EndedAfter(linkKey, producerId, isPeer: false, stamp))
            {
                _state.EarlyPauses.Add(new EarlyPause(linkKey, producerId, paused, stamp));
                Trim(_state.EarlyPauses, TombstoneLimit);
            }

            return;
        }

        if (producer.Paused == paused || stamp.IsBefore(producer.PausedChanged))
        {
            return;
        }

        producer.Paused = paused;
        producer.PausedChanged = stamp;
        Write(ProducerEvent(paused ? "producer_paused" : "producer_resumed", producer, stamp.TimeUs));
    }

    private void OnProducerQuality(ProducerQuality quality, long timeUs)
    {
        if (FindProducer(quality.ProducerId) is { } producer)
        {
            Write(ProducerEvent("producer_quality", producer, timeUs) with
            {
                Scores = quality.Scores.Length == 0 ? null : [.. quality.Scores.Select(static s => new StreamScore { Ssrc = s.Ssrc, Rid = s.Rid.Length == 0 ? null : s.Rid, Score = s.Score })],
                SpatialLayer = quality.SpatialLayer,
                TemporalLayer = quality.TemporalLayer,
            });
        }
    }

    private void OnActiveSpeaker(ActiveSpeaker speaker, long timeUs)
    {
        var peerId = PeerIdentity.Normalize(speaker.PeerId);
        var state = _state.Speaker;
        if (timeUs < state.SeenUs)
        {
            return;
        }

        state.SeenUs = timeUs;
        KeepPendingSpeaker(timeUs);
        if (string.Equals(state.PeerId, peerId, StringComparison.Ordinal))
        {
            state.Pending = null;
            return;
        }

        if (state.Pending is { } pending && string.Equals(pending.PeerId, peerId, StringComparison.Ordinal))
        {
            return;
        }

        state.Pending = new TimelineEvent { TimeUs = timeUs, Type = "active_speaker", PeerId = peerId, Volume = speaker.Volume };
        KeepPendingSpeaker(timeUs);
    }

    /// <summary>Writes the speaker that came too soon, once a quarter of a second has passed since the one before.</summary>
    private void KeepPendingSpeaker(long timeUs)
    {
        var state = _state.Speaker;
        var next = state.KeptUs == 0 ? 0 : state.KeptUs + Microseconds(SpeakerInterval);
        if (state.Pending is not { } pending || timeUs < next)
        {
            return;
        }

        state.Pending = null;
        state.PeerId = pending.PeerId;
        state.KeptUs = Math.Max(next, pending.TimeUs);
        Write(pending, history: false);
    }

    /// <summary>What is not in the snapshot has ended on this link, what is new in it has begun.</summary>
    private void OnSnapshot(RoomSnapshot snapshot, string linkKey, EventStamp stamp)
    {
        OnRoomCreated(snapshot.Room, stamp);
        if (snapshot.Policy is { } policy && !SamePolicy(policy, RawPolicy()))
        {
            OnPolicyUpdated(policy, stamp);
        }

        foreach (var producer in _state.Producers.Where(producer => producer.Links.Contains(linkKey, StringComparer.Ordinal)).ToArray())
        {
            if (!Array.Exists(snapshot.Producers, there => there.ProducerId == producer.Description.ProducerId))
            {
                EndProducer(producer, linkKey, "resync", stamp);
            }
        }

        foreach (var (participant, presence) in PresencesOn(linkKey))
        {
            if (!Array.Exists(snapshot.Peers, there => there.PeerId == presence.PeerId)
                && !Array.Exists(snapshot.Producers, there => there.PeerId == presence.PeerId))
            {
                EndPresence(participant, presence, "resync", stamp);
            }
        }

        foreach (var peer in snapshot.Peers)
        {
            OnPeerJoined(peer, linkKey, stamp);
        }

        foreach (var producer in snapshot.Producers)
        {
            OnProducerCreated(producer, linkKey, stamp);
            OnPauseChanged(producer.ProducerId, Array.IndexOf(snapshot.PausedProducerIds, producer.ProducerId) >= 0, linkKey, stamp);
        }
    }

    private static TimelineEvent ProducerEvent(string type, ProducerState producer, long timeUs) => new()
    {
        TimeUs = timeUs,
        Type = type,
        PeerId = PeerIdentity.Normalize(producer.Description.PeerId),
        ProducerId = producer.Description.ProducerId,
        TrackId = producer.TrackId,
        Kind = producer.Description.Kind,
        TrackType = TrackTypeOf(producer.Description),
    };

    private static string TrackTypeOf(ProducerDescription producer) =>
        IsScreenshare(producer) ? "screenshare"
        : producer.TrackType.Length > 0 ? producer.TrackType
        : producer.Kind == "audio" ? "mic" : "camera";

    private ProducerState? FindProducer(string producerId) =>
        _state.Producers.Find(producer => string.Equals(producer.Description.ProducerId, producerId, StringComparison.Ordinal));

    private bool IsThere(ProducerState producer) =>
        producer.Links.Exists(key => _state.Links.TryGetValue(key, out var link) && link.RoomOpen);

    private bool IsPresent(ParticipantState participant) =>
        participant.Presences.Exists(presence => _state.Links.TryGetValue(presence.LinkKey, out var link) && link.RoomOpen);

    private void Bury(Tombstone tombstone)
    {
        _state.Tombstones.RemoveAll(old => old.IsPeer == tombstone.IsPeer && old.Id == tombstone.Id && old.LinkKey == tombstone.LinkKey);
        _state.Tombstones.Add(tombstone);
        Trim(_state.Tombstones, TombstoneLimit);
    }

    /// <summary>Whether the thing ended after the event: the event is late.</summary>
    private bool EndedAfter(string linkKey, string id, bool isPeer, EventStamp stamp)
    {
        var tombstone = _state.Tombstones.Find(old => old.IsPeer == isPeer && old.Id == id && old.LinkKey == linkKey);
        return tombstone is not null && (stamp.IsBefore(tombstone.Ended) || (tombstone.Early && !tombstone.Ended.IsBefore(stamp)));
    }

    private void CheckId(string id, string what)
    {
        if (id.Length == 0)
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"{what} is empty.");
        }

        _ = _rules.EncodeId(PeerIdentity.Normalize(id));
    }

    private static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}

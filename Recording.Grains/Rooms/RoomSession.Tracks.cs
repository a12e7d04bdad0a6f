using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Rooms.State;
using Recording.Media.Depacketizers;
using Recording.Model;

namespace Recording.Grains.Rooms;

/// <content>Which producers are recorded, on which link, under which name; policy changes; facts for the documents.</content>
public sealed partial class RoomSession
{
    private static MediaFilter Filter(RecordingPolicy policy, RecordingSelection selection) =>
        MediaFilter.From(policy).Narrow(selection.Audio, selection.Video, selection.Screenshare);

    private void OnPolicyUpdated(RecordingPolicy policy, EventStamp stamp)
    {
        if (_state.UpdatedPolicy is { } last && stamp.IsBefore(last.Stamp))
        {
            return;
        }

        var before = EffectivePolicy();
        _state.UpdatedPolicy = new PolicySlot(policy, stamp);
        PolicyMayHaveChanged(before, "policy_updated", stamp.TimeUs);
    }

    private void PolicyMayHaveChanged(RecordingPolicy before, string source, long timeUs)
    {
        var policy = EffectivePolicy();
        if (SamePolicy(before, policy))
        {
            return;
        }

        _state.AutoRefused = false;
        if (source == "policy_updated" || IsLive(_state.Recording))
        {
            Write(new TimelineEvent { TimeUs = timeUs, Type = "policy_updated", Reason = source, Policy = policy });
        }

        if (_state.Recording is not { } recording || !IsLive(recording))
        {
            return;
        }

        recording.Policies.Add(new PolicyChange(timeUs, source is "peer_joined" ? "room_created" : source, policy));
        FactsChanged();
        NoteUnknownOutputs(before, policy, timeUs);
        if (policy.Enabled)
        {
            return;
        }

        if (recording.Status == RecordingStatus.Starting)
        {
            FailStart(RecordingErrorCode.RecordingDisabled, "Recording disabled for this room.", timeUs);
        }
        else
        {
            EndRecording(RecordingStatus.Completed, "policy", timeUs, RecordingErrorCode.RecordingDisabled);
        }

        // Allowed again later, an automatic recording may begin again.
        _state.AutoDone = false;
    }

    /// <summary>Says in the recording's timeline what its policy wants and nobody can make; everything else of the policy holds.</summary>
    private void NoteUnknownOutputs(RecordingPolicy? before, RecordingPolicy policy, long timeUs)
    {
        var unknown = OutputNames.DescribeUnknown(policy);
        if (unknown.Length > 0 && (before is null || unknown != OutputNames.DescribeUnknown(before)))
        {
            var reason = $"policy outputs: expected some of {string.Join(", ", OutputNames.All)}, found {unknown}";
            Write(new TimelineEvent { TimeUs = timeUs, Type = "error", Code = (int)RecordingErrorCode.ProtocolViolation, Reason = reason }, history: false);
        }
    }

    /// <summary>Brings what is subscribed in line with policy, selection and links.</summary>
    private void ReconcileTracks(long timeUs)
    {
        if (_state.Recording is not { Opened: true, Status: RecordingStatus.Recording or RecordingStatus.Paused } recording)
        {
            return;
        }

        var filter = Filter(EffectivePolicy(), recording.Selection);
        foreach (var producer in _state.Producers)
        {
            var isScreenshare = IsScreenshare(producer.Description);
            var allowed = filter.Allows(producer.Description.Kind, isScreenshare);
            var link = allowed && IsSelected(recording.Selection, producer.Description.PeerId) ? ChooseLink(producer, recording) : null;
            if (link == producer.TrackLink)
            {
                if (!allowed && !producer.LeftOutNoted)
                {
                    producer.LeftOutNoted = true;
                    Write(ProducerEvent("track_unsubscribed", producer, timeUs) with { Reason = "policy", Code = (int)RecordingErrorCode.MediaTypeDisabled }, history: false);
                }

                continue;
            }

            KeepTail(producer, recording);
            if (link is null)
            {
                producer.TrackLink = null;
                producer.Subscribed = false;
                producer.LeftOutNoted = true;
                Write(
                    ProducerEvent("track_unsubscribed", producer, timeUs) with
                    {
                        Reason = allowed ? "link_lost" : "policy",
                        Code = allowed ? null : (int)RecordingErrorCode.MediaTypeDisabled,
                    },
                    history: false);
            }
            else if (producer.TrackId is not null || MintTrack(producer, recording, isScreenshare, link, timeUs))
            {
                producer.TrackLink = link;
                producer.Subscribed = false;
                producer.LeftOutNoted = false;
                ForgetTail(_state.Links[link], recording.RecordingId, producer.TrackId!);
            }
        }
    }

    private static bool IsSelected(RecordingSelection selection, string peerId) =>
        selection.ParticipantIds.Length == 0 || Array.Exists(selection.ParticipantIds, wanted => PeerIdentity.IsSame(wanted, peerId));

    /// <summary>One link for each producer: the one it is on while that is up, else another that is up, else where it was until the grace is over.</summary>
    private string? ChooseLink(ProducerState producer, LiveRecording recording)
    {
        string? waiting = null;
        string? up = null;
        foreach (var key in producer.Links)
        {
            if (!_state.Links.TryGetValue(key, out var link) || !link.RoomOpen || link.RefusedRecordingId == recording.RecordingId)
            {
                continue;
            }

            var isCurrent = key == producer.TrackLink;
            if (link.Up || link.AssumedLost)
            {
                if (isCurrent)
                {
                    return key;
                }

                up ??= key;
            }
            else if (isCurrent || waiting is null)
            {
                waiting = key;
            }
        }

        return up ?? waiting;
    }

    private bool MintTrack(ProducerState producer, LiveRecording recording, bool isScreenshare, string link, long timeUs)
    {
        if (recording.TrackIds.Count >= _rules.MaxTracks)
        {
            if (!producer.LeftOutNoted)
            {
                producer.LeftOutNoted = true;
                var message = $"Recording {recording.RecordingId} has {recording.TrackIds.Count} tracks; no more are allowed.";
                _effects.TrackRefusals.Add((link, new RecordingFailure(RecordingErrorCode.TrackLimit, message)));
                Write(ProducerEvent("error", producer, timeUs) with { Reason = message, Code = (int)RecordingErrorCode.TrackLimit }, history: false);
            }

            return false;
        }

        var suffix = (isScreenshare, producer.Description.Kind) switch
        {
            (true, "audio") => "screen-audio",
            (true, _) => "screen",
            (false, var kind) => kind,
        };
        var name = $"{_rules.EncodeId(PeerIdentity.Normalize(producer.Description.PeerId))}-{suffix}";
        var trackId = name;
        for (var number = 2; recording.TrackIds.Contains(trackId, StringComparer.Ordinal); number++)
        {
            trackId = $"{name}-{number}";
        }

        recording.TrackIds.Add(trackId);
        producer.TrackId = trackId;
        Register(producer, link, Math.Max(timeUs, recording.StartedAtUs));
        return true;
    }

    private void Register(ProducerState producer, string link, long timeUs)
    {
        var registration = new TrackRegistration
        {
            TrackId = producer.TrackId!,
            Producer = producer.Description,
            ParticipantId = PeerIdentity.Normalize(producer.Description.PeerId),
            StartedAtUs = timeUs,
            Acknowledged = _state.Links[link].Acknowledges(),
        };
        CurrentOutbox()!.Tracks.Add(registration);
        _effects.TracksAdded.Add(registration);
        _effects.PersistNow = true;
        NoteRawOnly(producer, link, timeUs);
    }

    /// <summary>Says once a track that its codec cannot be rendered; it is recorded all the same.</summary>
    private void NoteRawOnly(ProducerState producer, string link, long timeUs)
    {
        var codec = producer.Description.Codec;
        if (codec.Length == 0 || RenderableCodecs.Contains(codec) || producer.RawOnlyNoted == producer.TrackId)
        {
            return;
        }

        producer.RawOnlyNoted = producer.TrackId;
        var message = $"Codec '{codec}' of producer {producer.Description.ProducerId} cannot be rendered; its track is recorded raw only.";
        _effects.TrackRefusals.Add((link, new RecordingFailure(RecordingErrorCode.UnsupportedCodec, message)));
        Write(ProducerEvent("error", producer, timeUs) with { Reason = message, Code = (int)RecordingErrorCode.UnsupportedCodec }, history: false);
    }

    private void OnTrackSubscribed(TrackSubscribed subscribed, string linkKey, long timeUs)
    {
        if (FindProducer(subscribed.Producer.ProducerId) is not { } producer)
        {
            return;
        }

        Describe(producer, subscribed.Producer, timeUs);
        if (producer.TrackLink == linkKey && !producer.Subscribed)
        {
            producer.Subscribed = true;
            Write(ProducerEvent("track_subscribed", producer, timeUs) with { Link = linkKey }, history: false);
        }
    }

    /// <summary>The SFU says more of a producer than it did; whose it is and its kind stay.</summary>
    private void Describe(ProducerState producer, ProducerDescription said, long timeUs)
    {
        var old = producer.Description;
        producer.Description = old with
        {
            Codec = said.Codec.Length > 0 ? said.Codec : old.Codec,
            DisplayName = said.DisplayName.Length > 0 ? said.DisplayName : old.DisplayName,
            TrackType = old.TrackType.Length > 0 ? old.TrackType : said.TrackType,
            IsScreenshare = old.IsScreenshare || said.IsScreenshare,
        };
        if (producer.TrackLink is { } link && producer.Description != old && IsLive(_state.Recording))
        {
            Register(producer, link, timeUs);
        }
    }

    private void OnSfuError(SfuError error, string linkKey, LinkState link, EventStamp stamp)
    {
        var code = (RecordingErrorCode)error.Code;
        Write(
            new TimelineEvent
            {
                TimeUs = stamp.TimeUs,
                Type = "error",
                Link = linkKey,
                Code = error.Code,
                Reason = error.Message,
                ProducerId = error.ProducerId.Length > 0 ? error.ProducerId : null,
            },
            history: false);
        if (code == RecordingErrorCode.UnknownProducer && FindProducer(error.ProducerId) is { } producer && producer.Links.Contains(linkKey, StringComparer.Ordinal))
        {
            EndProducer(producer, linkKey, "unknown_to_sfu", stamp);
        }
        else if (code is RecordingErrorCode.UnknownRoom or RecordingErrorCode.RecordingDisabled or RecordingErrorCode.NotAuthorizedToRecord
            && error.ProducerId.Length == 0 && _state.Recording is { Status: RecordingStatus.Starting, Opened: true } recording)
        {
            RefuseOn(linkKey, link, recording, new RecordingFailure(code, error.Message), stamp.TimeUs);
        }
    }

    private void NoteParticipant(ParticipantState participant)
    {
        if (_state.Recording is not { } recording || !IsLive(recording))
        {
            return;
        }

        var facts = ToFacts(participant);
        var index = recording.Participants.FindIndex(known => known.PeerId == participant.PeerId);
        if (index < 0)
        {
            recording.Participants.Add(facts);
        }
        else if (recording.Participants[index] == facts)
        {
            return;
        }
        else
        {
            recording.Participants[index] = facts;
        }

        FactsChanged();
    }

    private void FactsChanged()
    {
        if (_state.Recording is { } recording && IsLive(recording) && CurrentOutbox() is { } outbox)
        {
            outbox.Facts = Facts(recording);
            _effects.RoomFactsChanged = true;
        }
    }

    private RoomFacts Facts(LiveRecording recording) => new()
    {
        RoomName = _state.RoomName,
        HostId = _state.HostId.Length > 0 ? _state.HostId : EffectivePolicy().HostId,
        MeetingType = _state.MeetingType,
        Participants = [.. recording.Participants],
        Policies = [.. recording.Policies],
    };

    private static ParticipantFacts ToFacts(ParticipantState participant) => new()
    {
        PeerId = participant.PeerId,
        DisplayName = participant.DisplayName,
        JoinedAtUs = participant.JoinedAtUs,
        LeftAtUs = participant.LeftAtUs,
        IsHost = participant.IsHost,
        IsCoHost = participant.IsCoHost,
        IsPanelist = participant.IsPanelist,
        DeviceFlag = participant.DeviceFlag,
    };
}

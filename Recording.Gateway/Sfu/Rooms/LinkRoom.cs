using Recording.Gateway.Sfu.Ingest;
using Recording.Gateway.Sfu.Links;
using Recording.Grains.Abstractions.Rooms;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Rooms;

/// <summary>One room on one connection: its events go up, what it wants goes down. Guarded by the link's lock.</summary>
internal sealed class LinkRoom
{
    private const int MaxFormats = 4096;

    private readonly string _roomId;
    private readonly LinkSession _session;
    private readonly LinkTracks _tracks;
    private readonly LinkOutbox _outbox;
    private readonly Dictionary<string, (TrackFormat Format, string ConsumerType)> _formats = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LinkTrack> _subscribed = new(StringComparer.Ordinal);
    private readonly List<Wire.RecordingToSfu> _commands = [];
    private readonly TrackTails _tails;

    public LinkRoom(string roomId, LinkSession session, LinkTracks tracks, LinkOutbox outbox, RoomEventPump pump, TrackIngests ingests, HeartbeatBook heartbeats, TimeSpan repeat)
    {
        (_roomId, _session, _tracks, _outbox, Pump) = (roomId, session, tracks, outbox, pump);
        Reconciler = new RoomReconciler(roomId, (long)repeat.TotalMilliseconds, track => ResumeFrom(track, ingests)) { RepeatsUnsubscribe = session.Capabilities.Acknowledged };
        _tails = new TrackTails(roomId, session, tracks, ingests, heartbeats, (long)repeat.TotalMilliseconds);
        pump.Epoch = session.Epoch;
        pump.Add(new LinkUp { TimeUs = session.SfuNowUs(), SfuId = session.SfuId, Capabilities = session.Capabilities.Names });
    }

    public string RoomId => _roomId;

    public RoomReconciler Reconciler { get; }

    public RoomEventPump Pump { get; }

    /// <summary>The SFU closed it.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Nothing is left to do for it.</summary>
    public bool IsOver => IsClosed && _subscribed.Count == 0 && Pump.Pending == 0 && Reconciler.Directive is null or { State: WantedState.Idle, Tails.Length: 0 };

    /// <summary>An event of the SFU.</summary>
    public void OnEvent(Wire.RecordingRoomEvent wire, RoomEvent mapped)
    {
        switch (wire.EventCase)
        {
            case Wire.RecordingRoomEvent.EventOneofCase.ProducerCreated:
                SetFormat(wire.ProducerCreated.ProducerId, TrackFormats.Of(wire.ProducerCreated), wire.ProducerCreated.ConsumerType);
                break;
            case Wire.RecordingRoomEvent.EventOneofCase.ProducerPaused:
                Mark(wire.ProducerPaused.ProducerId, new Marker { TimeUs = mapped.TimeUs, Pause = new Marker.Types.Pause { By = "producer" } });
                break;
            case Wire.RecordingRoomEvent.EventOneofCase.ProducerResumed:
                Mark(wire.ProducerResumed.ProducerId, new Marker { TimeUs = mapped.TimeUs, Resume = new Marker.Types.Resume { By = "producer" } });
                _subscribed.GetValueOrDefault(wire.ProducerResumed.ProducerId)?.Ingest.WantKeyframe();
                break;
            case Wire.RecordingRoomEvent.EventOneofCase.ProducerClosed:
                ForgetFormat(wire.ProducerClosed.ProducerId);
                break;
            case Wire.RecordingRoomEvent.EventOneofCase.RoomClosed:
                IsClosed = true;
                foreach (string producerId in _formats.Keys)
                {
                    ForgetFormat(producerId);
                }

                break;
            case Wire.RecordingRoomEvent.EventOneofCase.RoomCreated:
                IsClosed = false;
                break;
        }

        Pump.Add(mapped);
    }

    /// <summary>The SFU's view of the room after a gap.</summary>
    public void OnSnapshot(Wire.RoomState state)
    {
        foreach (Wire.ProducerState producer in state.Producers)
        {
            if (producer.Producer is { } created)
            {
                SetFormat(created.ProducerId, TrackFormats.Of(created), created.ConsumerType);
            }
        }

        Pump.Add(SfuMapping.Snapshot(state, _session.SfuNowUs()));
    }

    /// <summary>The SFU answered the start of this room.</summary>
    public void OnStartAnswered(Wire.StartRecordingResponse response)
    {
        if (Reconciler.OnStartAnswered(response) is not ({ } recordingId, var success))
        {
            return;
        }

        foreach (Wire.TrackInfo info in response.AvailableTracks)
        {
            SetFormat(info.ProducerId, TrackFormats.Of(info), info.ConsumerType);
        }

        Pump.Add(new StartAnswered
        {
            TimeUs = _session.SfuNowUs(),
            RecordingId = recordingId,
            Success = success,
            SfuRecordingId = success ? Reconciler.SfuRecordingId : "",
            ErrorMessage = success ? "" : response.ErrorMessage,
            Policy = SfuMapping.Policy(response.Policy),
            Tracks = [.. response.AvailableTracks.Where(static t => SfuIds.IsValid(t.ProducerId) && SfuIds.IsValid(t.PeerId)).Select(SfuMapping.Producer)],
        });
    }

    /// <summary>The SFU answered a subscription; false = nobody asked.</summary>
    public bool OnSubscribed(Wire.TrackSubscribed answer, string requestId)
    {
        if (_tails.OnSubscribed(answer, requestId))
        {
            return true;
        }

        if (!_subscribed.TryGetValue(answer.ProducerId, out LinkTrack? track) || !Reconciler.OnSubscribed(answer.ProducerId))
        {
            return false;
        }

        if (answer.TrackHandle != 0 && _session.Capabilities.Batches)
        {
            _tracks.SetHandle(track, answer.TrackHandle);
        }

        if (answer.TrackInfo is { } info)
        {
            SetFormat(answer.ProducerId, TrackFormats.Of(info), info.ConsumerType);
            Pump.Add(new TrackSubscribed
            {
                TimeUs = _session.SfuNowUs(),
                ConsumerId = answer.ConsumerId,
                Producer = SfuMapping.Producer(info) with { ProducerId = answer.ProducerId, PeerId = SfuIds.IsValid(info.PeerId) ? info.PeerId : track.Identity.PeerId },
            });
        }

        return true;
    }

    /// <summary>The SFU refused something, or has trouble with the room.</summary>
    public void OnError(Wire.RecordingError error, string requestId)
    {
        if (_tails.OnError(requestId))
        {
            return;
        }

        if (Reconciler.IsStartOutstanding && (Reconciler.IsAnswerTo(requestId) || error.Code is (int)RecordingErrorCode.AlreadyRecording or >= 5000 and < 6000))
        {
            OnStartAnswered(new Wire.StartRecordingResponse { Success = error.Code == (int)RecordingErrorCode.AlreadyRecording, RecordingId = error.RecordingId, ErrorMessage = error.Message });
            return;
        }

        string producerId = _subscribed.FirstOrDefault(s => requestId == $"subscribe-{s.Value.Identity.TrackId}").Key ?? "";
        Pump.Add(new SfuError { TimeUs = _session.SfuNowUs(), Code = error.Code, Message = error.Message, ProducerId = producerId });
    }

    /// <summary>The SFU ended a track of this room.</summary>
    public void OnTrackEnded(LinkTrack track, ulong lastIndex)
    {
        track.Ingest.EndAt(lastIndex);
        Reconciler.OnTrackEnded(track.Identity.ProducerId);
    }

    /// <summary>Brings the SFU nearer to what the room wants.</summary>
    public void Reconcile(long nowMs, bool mayStart)
    {
        if (Reconciler.Directive is not { } directive)
        {
            return;
        }

        SyncTracks(directive);
        Reconciler.Collect(nowMs, mayStart, _commands);
        _tails.Collect(directive.Tails, nowMs, _commands);
        while (_tails.TryTakeStored(out string? recordingId, out string? trackId))
        {
            Pump.Add(new TailStored { TimeUs = _session.SfuNowUs(), RecordingId = recordingId, TrackId = trackId });
        }

        foreach (Wire.RecordingToSfu command in _commands)
        {
            _outbox.Send(command);
        }

        _commands.Clear();
    }

    /// <summary>It is over, and its link goes on.</summary>
    public void Close()
    {
        Pump.IsLinkUp = false;
        foreach (string producerId in _formats.Keys)
        {
            ForgetFormat(producerId);
        }
    }

    /// <summary>The connection is over: no subscription stands any more.</summary>
    public void OnLinkLost(RecordingErrorCode code)
    {
        Pump.IsLinkUp = false;
        Pump.Add(new LinkLost { TimeUs = _session.SfuNowUs(), Code = code });
    }

    private void SyncTracks(RoomDirective directive)
    {
        TrackDirective[] wanted = directive is { State: not WantedState.Idle, RecordingId: not null } ? directive.Tracks : [];
        foreach ((string producerId, LinkTrack track) in _subscribed)
        {
            if (track.Identity.RecordingId != directive.RecordingId || !Array.Exists(wanted, t => t.ProducerId == producerId && t.TrackId == track.Identity.TrackId))
            {
                // The rest of a track whose subscription was never answered is still to be asked for.
                if (!_tails.TryAdopt(track, directive.Tails))
                {
                    track.End();
                }

                _subscribed.Remove(producerId);
            }
        }

        if (wanted.Length == 0 || Reconciler.Started != directive.RecordingId)
        {
            return;
        }

        bool paused = directive.State == WantedState.Paused;
        foreach (TrackDirective track in wanted)
        {
            if (!_subscribed.TryGetValue(track.ProducerId, out LinkTrack? subscribed))
            {
                subscribed = _tracks.Add(TrackIdentity.Of(directive, track));
                _subscribed.Add(track.ProducerId, subscribed);
                if (_formats.TryGetValue(track.ProducerId, out (TrackFormat Format, string ConsumerType) format))
                {
                    subscribed.SetFormat(format.Format, format.ConsumerType);
                }
            }

            subscribed.Ingest.SetPaused(paused, "recording", _session.SfuNowUs());
            if (subscribed.Ingest.Kind == IngestKind.Packets && subscribed.Ingest.HasPackets)
            {
                Reconciler.OnSubscribed(track.ProducerId);
            }
        }
    }

    private void SetFormat(string producerId, TrackFormat format, string consumerType)
    {
        if (TrackFormats.IsEmpty(format) || (_formats.Count >= MaxFormats && !_formats.ContainsKey(producerId)))
        {
            return;
        }

        ForgetFormat(producerId);
        _formats.Add(producerId, (format, consumerType));
        _tracks.Announce(format, producerId);
        _subscribed.GetValueOrDefault(producerId)?.SetFormat(format, consumerType);
    }

    private void ForgetFormat(string producerId)
    {
        if (_formats.Remove(producerId, out (TrackFormat Format, string ConsumerType) known))
        {
            _tracks.Retract(known.Format, producerId);
        }
    }

    private void Mark(string producerId, Marker marker) => _subscribed.GetValueOrDefault(producerId)?.AddMarker(marker);

    private ulong ResumeFrom(TrackDirective track, TrackIngests ingests)
    {
        if (!_session.Capabilities.Acknowledged || Reconciler.Directive?.RecordingId is not { } recordingId)
        {
            return 0;
        }

        return ingests.Find(new IngestKey(recordingId, track.TrackId, _session.Epoch))?.NextIndex ?? 1;
    }
}

using Recording.Model;
using Recording.Protocol.Sfu;

namespace Recording.Simulator.Sfu;

/// <summary>What a recorder may ask of the SFU, and the answers. Runs under the session's lock.</summary>
internal sealed class SfuCommands
{
    private readonly SfuSession _session;
    private readonly SimulatedSfuOptions _options;
    private readonly ILogger _logger;
    private readonly Dictionary<(string ProducerId, string RecordingId), TrackSubscription> _byRecording = [];
    private int _nextRecording = 1;

    public SfuCommands(SfuSession session, SimulatedSfuOptions options, ILogger logger)
    {
        _session = session;
        _options = options;
        _logger = logger;
    }

    public void Handle(SfuLink link, RecordingToSfu message)
    {
        switch (message.PayloadCase)
        {
            case RecordingToSfu.PayloadOneofCase.StartRecording:
                Start(link, message.RequestId, message.StartRecording);
                break;
            case RecordingToSfu.PayloadOneofCase.StopRecording:
                Stop(link, message.RequestId, message.StopRecording);
                break;
            case RecordingToSfu.PayloadOneofCase.PauseRecording:
                Pause(link, message.RequestId, message.PauseRecording.RoomId, true);
                break;
            case RecordingToSfu.PayloadOneofCase.ResumeRecording:
                Pause(link, message.RequestId, message.ResumeRecording.RoomId, false);
                break;
            case RecordingToSfu.PayloadOneofCase.SubscribeTrack:
                Subscribe(link, message.RequestId, message.SubscribeTrack);
                break;
            case RecordingToSfu.PayloadOneofCase.UnsubscribeTrack:
                Unsubscribe(link, message.RequestId, message.UnsubscribeTrack);
                break;
            case RecordingToSfu.PayloadOneofCase.Heartbeat:
                Beat(link, message.RequestId, message.Heartbeat);
                break;
            case RecordingToSfu.PayloadOneofCase.RtpAck:
                if (Track(link, message.RequestId, message.RtpAck.TrackHandle) is { } acknowledged)
                {
                    acknowledged.Ring.Acknowledge(message.RtpAck.DurableIndex);
                    acknowledged.WindowBytes = message.RtpAck.WindowBytes;
                }

                break;
            case RecordingToSfu.PayloadOneofCase.Replay:
                Track(link, message.RequestId, message.Replay.TrackHandle)?.Rewind(message.Replay.FromIndex);
                break;
            case RecordingToSfu.PayloadOneofCase.RequestKeyframe:
                Room(message.RequestKeyframe.RoomId)?.Producers.FirstOrDefault(p => p.ProducerId == message.RequestKeyframe.ProducerId)?.RequestKeyframe();
                break;
            case RecordingToSfu.PayloadOneofCase.RoomSnapshotRequest:
                Snapshot(link, message.RequestId, message.RoomSnapshotRequest);
                break;
            case RecordingToSfu.PayloadOneofCase.EventAck:
                Room(message.EventAck.RoomId)?.AcknowledgeEvents(message.EventAck.EventIndex);
                break;
            case RecordingToSfu.PayloadOneofCase.Error:
                _session.Totals.Errors++;
                SimulatedSfuLog.RecorderError(_logger, message.Error.Code, message.Error.RoomId, message.Error.Message);
                break;
            default:
                link.Send(WireMessages.Error(message.RequestId, RecordingErrorCode.ProtocolViolation, $"cannot handle {message.PayloadCase}"));
                break;
        }
    }

    /// <summary>A recorder that does not acknowledge is gone: it will start and subscribe anew.</summary>
    public void ForgetRecordings()
    {
        foreach (TrackSubscription track in _session.Subscriptions)
        {
            track.Forwarding = false;
            track.Ended = true;
            track.Ring.Acknowledge(track.Ring.NextIndex - 1);
            track.Rewind(track.Ring.NextIndex);
            if (track.Producer.Subscription == track)
            {
                track.Producer.Subscription = null;
            }
        }

        _byRecording.Clear();
        foreach (SimulatedRoom room in _session.Rooms)
        {
            room.Recording = room.RecordingPaused = false;
        }
    }

    private SimulatedRoom? Room(string roomId) => _session.Rooms.FirstOrDefault(room => room.Plan.RoomId == roomId && room.Created);

    private TrackSubscription? Track(SfuLink link, string requestId, uint handle)
    {
        if (handle >= 1 && handle <= _session.Subscriptions.Count)
        {
            return _session.Subscriptions[(int)handle - 1];
        }

        link.Send(WireMessages.Error(requestId, RecordingErrorCode.UnknownProducer, $"no track has handle {handle}"));
        return null;
    }

    private void Start(SfuLink link, string requestId, StartRecordingRequest request)
    {
        SimulatedRoom? room = Room(request.RoomId);
        var response = new StartRecordingResponse();
        if (room is null || room.Closed)
        {
            response.ErrorMessage = $"unknown room {request.RoomId}";
        }
        else if (room.Plan.RefuseRecording is { } refusal)
        {
            response.ErrorMessage = refusal;
            response.Policy = room.Policy?.Clone();
        }
        else
        {
            if (!room.Recording)
            {
                room.Recording = true;
                room.RecordingPaused = room.Stopped = false;
                room.OwnRecordingId = _options.AnswersOwnId ? $"{_options.SfuId}-rec-{_nextRecording++}" : "";
                SimulatedSfuLog.RecordingStarted(_logger, request.RoomId, room.OwnRecordingId);
            }

            response.Success = true;
            response.RecordingId = room.OwnRecordingId;
            response.Policy = room.Policy?.Clone();
            response.AvailableTracks.Add(room.Producers.Where(p => p is { Announced: true, Closed: false }).Select(p => WireMessages.TrackInfo(p, link.TakesDetails)));
        }

        link.Send(new SfuToRecording { RequestId = requestId, StartRecordingResponse = response });
    }

    private void Stop(SfuLink link, string requestId, StopRecordingRequest request)
    {
        SimulatedRoom? room = Room(request.RoomId);
        if (room is null)
        {
            link.Send(WireMessages.Error(requestId, RecordingErrorCode.UnknownRoom, $"unknown room {request.RoomId}", request.RoomId));
            return;
        }

        bool current = request.RecordingId.Length == 0;
        foreach (TrackSubscription track in _session.Subscriptions.Where(track => track.Producer.Room == room && (current || track.RecordingId == request.RecordingId)))
        {
            track.Forwarding = false;
            track.Ended = track.Final = true;
            track.RepeatEnd();
            current |= track.Producer.Subscription == track;
        }

        // A repeated stop of an earlier recording must not end the one that runs now.
        if (room.Recording && (current || request.RecordingId == room.OwnRecordingId || !room.Producers.Any(p => p.Subscription is { Forwarding: true })))
        {
            room.Recording = room.RecordingPaused = false;
            room.Stopped = true;
            SimulatedSfuLog.RecordingStopped(_logger, request.RoomId, request.RecordingId);
        }
    }

    private void Pause(SfuLink link, string requestId, string roomId, bool paused)
    {
        if (Room(roomId) is not { Recording: true } room)
        {
            link.Send(WireMessages.Error(requestId, RecordingErrorCode.NoSuchRecording, $"room {roomId} is not recorded", roomId));
            return;
        }

        room.RecordingPaused = paused;
        if (!paused)
        {
            foreach (SimulatedProducer producer in room.Producers)
            {
                producer.RequestKeyframe();
            }
        }
    }

    private void Subscribe(SfuLink link, string requestId, SubscribeTrackRequest request)
    {
        SimulatedRoom? room = Room(request.RoomId);
        SimulatedProducer? producer = room?.Producers.FirstOrDefault(p => p.ProducerId == request.ProducerId && p.Announced);
        if (room is null || producer is null)
        {
            RecordingErrorCode code = room is null ? RecordingErrorCode.UnknownRoom : RecordingErrorCode.UnknownProducer;
            link.Send(WireMessages.Error(requestId, code, $"cannot subscribe {request.ProducerId} in {request.RoomId}", request.RoomId));
            return;
        }

        if (!_byRecording.TryGetValue((producer.ProducerId, request.RecordingId), out TrackSubscription? track))
        {
            if (producer.Closed)
            {
                link.Send(WireMessages.Error(requestId, RecordingErrorCode.UnknownProducer, $"producer {request.ProducerId} is closed", request.RoomId));
                return;
            }

            track = new TrackSubscription(producer, request.RecordingId, (uint)_session.Subscriptions.Count + 1, _options, _session.SessionId, link.Batches);
            _session.Subscriptions.Add(track);
            _byRecording.Add((producer.ProducerId, request.RecordingId), track);
        }
        else if (request.ResumeFrom > 0 || track.Link != link)
        {
            track.Rewind(Math.Max(1, request.ResumeFrom));
        }

        if (!producer.Closed && !track.Final)
        {
            if (producer.Subscription is { } earlier && earlier != track)
            {
                earlier.Forwarding = false;
                earlier.Ended = true;
            }

            track.Ended = false;
            track.Forwarding = true;
            producer.Subscription = track;
            producer.Start(_session.SimulatedUs);
            producer.RequestKeyframe();
        }

        track.Link = link;
        track.RepeatEnd();
        var answer = new TrackSubscribed
        {
            RoomId = request.RoomId,
            ProducerId = producer.ProducerId,
            ConsumerId = producer.ConsumerId,
            TrackInfo = WireMessages.TrackInfo(producer, link.TakesDetails),
            TrackHandle = link.Batches ? track.Handle : 0,
        };
        link.Send(new SfuToRecording { RequestId = requestId, TrackSubscribed = answer });
        SimulatedSfuLog.Subscribed(_logger, request.RoomId, producer.ProducerId, track.Handle, track.Cursor);
    }

    private void Unsubscribe(SfuLink link, string requestId, UnsubscribeTrackRequest request)
    {
        if (!_byRecording.TryGetValue((request.ProducerId, request.RecordingId), out TrackSubscription? track))
        {
            link.Send(WireMessages.Error(requestId, RecordingErrorCode.UnknownProducer, $"{request.ProducerId} is not subscribed", request.RoomId));
            return;
        }

        track.Forwarding = false;
        track.Ended = true;
        track.RepeatEnd();
    }

    private void Beat(SfuLink link, string requestId, Heartbeat heartbeat) => link.Send(new SfuToRecording
    {
        RequestId = requestId,
        HeartbeatAck = new HeartbeatAck { Timestamp = heartbeat.Timestamp, ServerTime = WireMessages.Time(_session.NowUs, _options.PlanOnly) },
    });

    private void Snapshot(SfuLink link, string requestId, RoomSnapshotRequest request)
    {
        var snapshot = new RoomSnapshot();
        foreach (SimulatedRoom room in _session.Rooms)
        {
            if ((request.RoomIds.Count == 0 || request.RoomIds.Contains(room.Plan.RoomId)) && room.Snapshot(link.TakesDetails, _session.NowUs) is { } state)
            {
                snapshot.Rooms.Add(state);
            }
        }

        link.Send(new SfuToRecording { RequestId = requestId, RoomSnapshot = snapshot });
    }
}

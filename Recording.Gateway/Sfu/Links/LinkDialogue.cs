using Recording.Gateway.Sfu.Ingest;
using Recording.Gateway.Sfu.Rooms;
using Recording.Gateway.Sfu.Spool;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;
using Recording.Protocol.Frames;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Links;

/// <summary>What is said on a registered link besides packets: rooms' events and answers in; commands, acknowledgements and heartbeats out.</summary>
internal sealed partial class LinkDialogue(
    LinkSession session, SfuLinkServices services, LinkContinuity continuity, LinkTracks tracks, LinkOutbox outbox, LinkViolations violations,
    Action<RecordingErrorCode, string> close)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkRoom> _rooms = new(StringComparer.Ordinal);
    private readonly FinishedRooms _finished = new(services.Time);
    private readonly HeartbeatBook _heartbeats = new();
    private readonly TimeProvider _time = services.Time;
    private long _heartbeatSentUs;
    private bool _echoesRequestIds;

    public LinkSession Session => session;

    /// <summary>Rooms on this link.</summary>
    public string[] RoomIds()
    {
        lock (_gate)
        {
            return [.. _rooms.Keys];
        }
    }

    /// <summary>The link has just been registered.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            // Rooms whose events are still on their way up were here before; the others come by directive, event or snapshot.
            foreach (string roomId in continuity.Rooms)
            {
                Room(roomId);
            }
        }

        if (session.Capabilities.Resync)
        {
            outbox.Send(new Wire.RecordingToSfu { RequestId = "resync", RoomSnapshotRequest = new Wire.RoomSnapshotRequest() });
        }
    }

    /// <summary>A message other than a packet; answers the track to wait for when it was one after all, in an unusual encoding.</summary>
    public TrackIngest? OnMessage(Wire.SfuToRecording message)
    {
        switch (message.PayloadCase)
        {
            case Wire.SfuToRecording.PayloadOneofCase.RtpPacket:
                return OnPacket(message.RtpPacket);
            case Wire.SfuToRecording.PayloadOneofCase.RtpBatch:
                return OnBatch(message.RtpBatch);
            case Wire.SfuToRecording.PayloadOneofCase.RoomEvent:
                OnRoomEvent(message.RoomEvent, message.RequestId);
                break;
            case Wire.SfuToRecording.PayloadOneofCase.StartRecordingResponse:
                OnStartResponse(message.StartRecordingResponse, message.RequestId);
                break;
            case Wire.SfuToRecording.PayloadOneofCase.TrackSubscribed:
                OnTrackSubscribed(message.TrackSubscribed, message.RequestId);
                break;
            case Wire.SfuToRecording.PayloadOneofCase.TrackEnded:
                OnTrackEnded(message.TrackEnded);
                break;
            case Wire.SfuToRecording.PayloadOneofCase.SenderReport:
                tracks.OnSenderReport(message.SenderReport, UnixTime.Microseconds(_time));
                break;
            case Wire.SfuToRecording.PayloadOneofCase.HeartbeatAck:
                OnHeartbeatAck(message.HeartbeatAck);
                break;
            case Wire.SfuToRecording.PayloadOneofCase.RoomSnapshot:
                OnSnapshot(message.RoomSnapshot, message.RequestId);
                break;
            case Wire.SfuToRecording.PayloadOneofCase.StartRequested:
                OnStartRequested(message.StartRequested, message.RequestId);
                break;
            case Wire.SfuToRecording.PayloadOneofCase.Error:
                OnError(message.Error, message.RequestId);
                break;
            case Wire.SfuToRecording.PayloadOneofCase.RegisterResponse:
                violations.Report("out_of_place", RecordingErrorCode.ProtocolViolation, "The link is registered already", message.RequestId);
                break;
            default:
                violations.Report("unknown_message", RecordingErrorCode.ProtocolViolation, "The message holds none of the known payloads", message.RequestId);
                break;
        }

        return null;
    }

    /// <summary>What a room wants of this SFU.</summary>
    public void OnDirective(RoomDirective directive)
    {
        if (directive.LinkKey != session.Key)
        {
            return;
        }

        lock (_gate)
        {
            if (!_rooms.ContainsKey(directive.RoomId) && (_finished.IsOld(directive) || directive.IsNothing))
            {
                return;
            }

            LinkRoom room = Room(directive.RoomId);
            if (room.Reconciler.Apply(directive))
            {
                room.Reconcile(NowMs, MayStart(room));
            }
        }
    }

    /// <summary>Sends what is due: commands, acknowledgements, replays, key frame requests.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            foreach ((string roomId, LinkRoom room) in _rooms)
            {
                room.Reconcile(NowMs, MayStart(room));
                if (room.IsOver)
                {
                    room.Close();
                    _rooms.Remove(roomId);
                    tracks.Forget(roomId);
                    if (room.Reconciler.Directive is { } last)
                    {
                        _finished.Add(last);
                    }
                }
            }

            _finished.Prune();
        }

        continuity.Tick();
        if (_heartbeats.IsHeartbeatDue)
        {
            SendHeartbeat();
        }

        foreach (LinkTrack track in tracks.All)
        {
            SendTrackMessages(track);
        }

        tracks.Sweep();
        tracks.CountReceived();
    }

    public void SendHeartbeat()
    {
        _heartbeatSentUs = UnixTime.Microseconds(_time);
        _heartbeats.OnSent(_heartbeatSentUs / 1000);
        outbox.Send(new Wire.RecordingToSfu
        {
            Heartbeat = new Wire.Heartbeat
            {
                ServiceId = services.Options.ServiceId,
                Timestamp = _heartbeatSentUs / 1000,
                ActiveRecordings = services.Ingests.ActiveRecordings,
                BytesWritten = services.Metrics.TotalBytes,
            },
        });
    }

    /// <summary>Tells the SFU, at most once a minute, that nothing more is taken for now (4002).</summary>
    public void SayPushedBack(string roomId)
    {
        if (violations.MayLog("pushed_back"))
        {
            string why = services.Ingest.Spool is { IsUsed: true } spool
                ? spool.State == SpoolState.Taking ? "the disk is slower than the packets" : $"the spool takes nothing: {spool.Reason}"
                : "the store takes nothing and there is no spool";
            SfuLinkLog.PushedBack(services.Logger, session.Key, (int)RecordingErrorCode.SpoolFull, why);
            outbox.SendError(violations.Message(RecordingErrorCode.SpoolFull, $"Pushing back: {why}", "", roomId));
        }
    }

    /// <summary>The connection is over.</summary>
    public void OnLinkLost(RecordingErrorCode code)
    {
        lock (_gate)
        {
            foreach (LinkRoom room in _rooms.Values)
            {
                room.OnLinkLost(code == RecordingErrorCode.None ? RecordingErrorCode.HeartbeatLost : code);
            }
        }
    }

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private void SendTrackMessages(LinkTrack track)
    {
        TrackIngest ingest = track.Ingest;

        // Looked at before the acknowledgement is made: one that is drained in between still owes its last one, without which the SFU keeps its packets.
        bool settled = ingest.IsDrained;

        // What is due stays due while the SFU reads slowly; only commands have to go out whatever happens.
        if (!outbox.IsBusy && ingest.Kind == IngestKind.Acknowledged && track.Handle != 0)
        {
            if (ingest.TryTakeReplay(out ulong from))
            {
                services.Metrics.Replay();
                outbox.Send(new Wire.RecordingToSfu { Replay = new Wire.ReplayRequest { TrackHandle = track.Handle, FromIndex = from } });
            }

            bool isDue = ingest.TryTakeAck(out ulong durable, out uint window);
            if (isDue && window == 0)
            {
                SayPushedBack(track.Identity.RoomId);
            }

            if (isDue
                && !outbox.Send(new Wire.RecordingToSfu { RtpAck = new Wire.RtpAck { TrackHandle = track.Handle, DurableIndex = durable, WindowBytes = window } }))
            {
                ingest.RepeatAck();
                settled = false;
            }
        }
        else if (ingest.Kind == IngestKind.Acknowledged && track.Handle != 0)
        {
            settled = false;
        }

        track.IsSettled = settled;

        if (!outbox.IsBusy && ingest.TryTakeKeyframeRequest(out uint ssrc))
        {
            outbox.Send(new Wire.RecordingToSfu
            {
                RequestKeyframe = new Wire.KeyframeRequest { RoomId = track.Identity.RoomId, ProducerId = track.Identity.ProducerId, Ssrc = ssrc },
            });
        }

        if ((ingest.IsFenced || track.Reports is { IsFenced: true }) && !track.IsEnded)
        {
            close(RecordingErrorCode.FencedOut, "A newer link feeds this link's tracks");
        }
    }

    private LinkRoom Room(string roomId)
    {
        if (!_rooms.TryGetValue(roomId, out LinkRoom? room))
        {
            RoomEventPump pump = continuity.Open(roomId);
            pump.Answered = (result, epoch) => OnHandled(roomId, result, epoch);
            room = new LinkRoom(roomId, session, tracks, outbox, pump, services.Ingests, _heartbeats, services.Options.RepeatInterval);
            _rooms.Add(roomId, room);
        }

        return room;
    }

    /// <summary>The room that an SFU's message is about; null = it was refused and answered.</summary>
    private LinkRoom? RoomOf(string roomId, string requestId, bool create)
    {
        if (!SfuIds.IsValid(roomId))
        {
            violations.Report("bad_id", RecordingErrorCode.ProtocolViolation, "A room_id is empty, too long or a path", requestId);
            return null;
        }

        if (_rooms.TryGetValue(roomId, out LinkRoom? room))
        {
            return room;
        }

        if (!create)
        {
            violations.Report("unknown_room", RecordingErrorCode.UnknownRoom, $"Room '{roomId}' is not known", requestId, roomId);
            return null;
        }

        if (services.IsDraining)
        {
            violations.Report("shutting_down", RecordingErrorCode.ShuttingDown, "This process is shutting down and takes no new room", requestId, roomId);
            return null;
        }

        if (_rooms.Count >= services.Options.MaxRooms)
        {
            violations.Report("room_limit", RecordingErrorCode.RoomLimit, $"This link has its {services.Options.MaxRooms} rooms", requestId, roomId);
            return null;
        }

        return Room(roomId);
    }

    private bool MayStart(LinkRoom room)
    {
        if (services.IsDraining)
        {
            return false;
        }

        // Without request ids an answer can only be told apart when it is the only one awaited.
        return _echoesRequestIds || session.Capabilities.Names.Length > 0 || !_rooms.Values.Any(r => r != room && r.Reconciler.IsStartOutstanding);
    }

    private void OnHandled(string roomId, HandleResult result, ulong epoch)
    {
        if (result.Fenced)
        {
            close(RecordingErrorCode.FencedOut, "A room has seen a newer link to this SFU");
            return;
        }

        if (session.Capabilities.Acknowledged && result.DurableEventIndex > 0 && epoch == session.Epoch && !outbox.IsBusy)
        {
            outbox.Send(new Wire.RecordingToSfu { EventAck = new Wire.EventAck { RoomId = roomId, EventIndex = result.DurableEventIndex } });
        }

        foreach (RecordingFailure refusal in result.Refusals)
        {
            outbox.SendError(violations.Message(refusal.Code, refusal.Message, "", roomId));
        }
    }
}

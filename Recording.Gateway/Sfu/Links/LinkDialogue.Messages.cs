using System.Text;
using Recording.Gateway.Sfu.Ingest;
using Recording.Gateway.Sfu.Rooms;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;
using Recording.Protocol.Frames;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Links;

/// <content>What each message of the SFU leads to.</content>
internal sealed partial class LinkDialogue
{
    private void OnRoomEvent(Wire.RecordingRoomEvent wire, string requestId)
    {
        if (!LinkEventRules.HasValidIds(wire))
        {
            violations.Report("bad_id", RecordingErrorCode.ProtocolViolation, "An id of a room event is empty, too long or a path", requestId);
            return;
        }

        if (SfuMapping.Event(wire, session.SfuNowUs()) is not { } mapped)
        {
            // A later protocol's event: nothing to do with it, and nothing wrong with the SFU.
            return;
        }

        lock (_gate)
        {
            if (RoomOf(wire.RoomId, requestId, create: true) is { } room)
            {
                room.OnEvent(wire, mapped);
            }
        }
    }

    private void OnStartResponse(Wire.StartRecordingResponse response, string requestId)
    {
        lock (_gate)
        {
            LinkRoom[] waiting = [.. _rooms.Values.Where(static r => r.Reconciler.IsStartOutstanding)];
            LinkRoom? room = Array.Find(waiting, r => r.Reconciler.IsAnswerTo(requestId));
            _echoesRequestIds |= room is not null;

            // The plan's SFU need not echo request ids: a lone answer belongs to the lone question.
            room ??= requestId.Length == 0 || !_echoesRequestIds ? (waiting.Length == 1 ? waiting[0] : null) : null;
            if (room is null)
            {
                violations.Report("out_of_place", RecordingErrorCode.ProtocolViolation, "No start_recording is waiting for this answer", requestId);
                return;
            }

            room.OnStartAnswered(response);
            room.Reconcile(NowMs, MayStart(room));
        }
    }

    private void OnTrackSubscribed(Wire.TrackSubscribed answer, string requestId)
    {
        lock (_gate)
        {
            if (!SfuIds.IsValid(answer.ProducerId))
            {
                violations.Report("bad_id", RecordingErrorCode.ProtocolViolation, "A producer_id is empty, too long or a path", requestId, answer.RoomId);
            }
            else if (RoomOf(answer.RoomId, requestId, create: false) is { } room && !room.OnSubscribed(answer, requestId))
            {
                violations.Report("unknown_producer", RecordingErrorCode.UnknownProducer, $"Producer '{answer.ProducerId}' was not asked for", requestId, answer.RoomId);
            }
        }
    }

    private void OnTrackEnded(Wire.TrackEnded ended)
    {
        lock (_gate)
        {
            if (tracks.Find(ended.TrackHandle) is not { } track)
            {
                if (tracks.IsOver(ended.TrackHandle))
                {
                    return;
                }

                violations.Report("unknown_handle", RecordingErrorCode.UnknownProducer, $"No track has the handle {ended.TrackHandle}");
            }
            else if (_rooms.TryGetValue(track.Identity.RoomId, out LinkRoom? room))
            {
                room.OnTrackEnded(track, ended.LastIndex);
            }
            else
            {
                track.Ingest.EndAt(ended.LastIndex);
            }
        }
    }

    private void OnHeartbeatAck(Wire.HeartbeatAck ack)
    {
        long now = UnixTime.Microseconds(_time);
        long sent = UnixTime.FromWire(ack.Timestamp);
        _heartbeats.OnAnswered(sent / 1000);

        // Some echo our timestamp, some send their own: an answer to an earlier heartbeat would look faster than it was.
        bool echoed = sent / 1000 == _heartbeatSentUs / 1000;
        long sfuTime = ack.ServerTime != 0 ? UnixTime.FromWire(ack.ServerTime) : echoed ? 0 : sent;
        bool isOurs = _heartbeatSentUs != 0 && (echoed || sent == 0 || ack.ServerTime == 0);
        if (isOurs && session.Clock.Add(_heartbeatSentUs, now, sfuTime))
        {
            tracks.Mark(session.ClockMarker());
        }

        _heartbeatSentUs = 0;
    }

    private void OnSnapshot(Wire.RoomSnapshot snapshot, string requestId)
    {
        lock (_gate)
        {
            foreach (Wire.RoomState state in snapshot.Rooms)
            {
                if (!LinkEventRules.HasValidIds(state))
                {
                    violations.Report("bad_id", RecordingErrorCode.ProtocolViolation, "An id of a snapshot is empty, too long or a path", requestId);
                }
                else if (RoomOf(state.Room.RoomId, requestId, create: true) is { } room)
                {
                    room.OnSnapshot(state);
                }
            }
        }
    }

    private void OnStartRequested(Wire.StartRequested request, string requestId)
    {
        RecordingPolicy? policy;
        try
        {
            policy = PolicyJson.Parse(request.PolicyJson);
        }
        catch (RecordingException exception)
        {
            violations.Report("bad_policy", exception.Code, exception.Message, requestId, request.RoomId);
            return;
        }

        if (request.RequesterId.Length > 0 && !SfuIds.IsValid(request.RequesterId))
        {
            violations.Report("bad_id", RecordingErrorCode.ProtocolViolation, "A requester_id is too long or a path", requestId, request.RoomId);
            return;
        }

        lock (_gate)
        {
            if (RoomOf(request.RoomId, requestId, create: true) is { } room)
            {
                room.Pump.Add(new StartRequested
                {
                    TimeUs = session.SfuNowUs(),
                    RequesterId = request.RequesterId,
                    Policy = policy,
                    Selection = SfuMapping.Selection(request.Config),
                });
            }
        }
    }

    private void OnError(Wire.RecordingError error, string requestId)
    {
        if (violations.MayLog(Enum.IsDefined((RecordingErrorCode)error.Code) ? $"sfu_error_{error.Code}" : "sfu_error"))
        {
            SfuLinkLog.SfuError(services.Logger, session.Key, error.RoomId, error.Code, error.Message);
        }

        lock (_gate)
        {
            LinkRoom? room = _rooms.GetValueOrDefault(error.RoomId) ?? _rooms.Values.FirstOrDefault(r => r.Reconciler.IsAnswerTo(requestId));
            room?.OnError(error, requestId);
        }
    }

    private TrackIngest? OnPacket(Wire.RecordingRtpPacket packet)
    {
        var frame = new RtpPacketFrame
        {
            RoomId = Encoding.UTF8.GetBytes(packet.RoomId),
            ProducerId = Encoding.UTF8.GetBytes(packet.ProducerId),
            RtpData = packet.RtpData.Span,
            ServerTimestamp = packet.ServerTimestamp,
        };
        return tracks.OnPacket(frame, UnixTime.Microseconds(_time));
    }

    private TrackIngest? OnBatch(Wire.RtpBatch batch)
    {
        var frame = new RtpBatchFrame
        {
            TrackHandle = batch.TrackHandle,
            FirstIndex = batch.FirstIndex,
            BaseTimeUs = batch.BaseTimeUs,
            Packets = batch.Packets.Span,
            Count = batch.Count,
            LostBefore = batch.LostBefore,
        };
        return tracks.OnBatch(frame, UnixTime.Microseconds(_time));
    }
}

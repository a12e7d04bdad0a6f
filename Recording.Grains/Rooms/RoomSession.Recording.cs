using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Rooms.State;
using Recording.Model;

namespace Recording.Grains.Rooms;

/// <content>Starting, pausing, ending, and the policy that rules them.</content>
public sealed partial class RoomSession
{
    // Beyond this an SFU's clock is taken for broken and ours counts.
    private static readonly TimeSpan MaxClockLead = TimeSpan.FromHours(1);

    /// <summary>
    /// Accepts a recording, which is then in state <c>starting</c>; the effects hold what must be opened before any SFU hears of it.
    /// </summary>
    /// <exception cref="RecordingException">2001, 5001, 5002, 2002, 5003, 2005 or 1003; nothing has changed then.</exception>
    public (StartResult Result, RoomEffects Effects) Start(StartRecordingCommand command, long nowUs)
    {
        Begin(nowUs);
        var result = Accept(command);
        RefreshDirectives();
        return (result, _effects);
    }

    /// <summary>The recording exists durably: now SFUs may hear of it.</summary>
    public RoomEffects OpenSucceeded(string recordingId, long nowUs)
    {
        Begin(nowUs);
        if (_state.Recording is { } recording && recording.RecordingId == recordingId && !recording.Opened)
        {
            recording.Opened = true;
            recording.WaitingSinceUs = nowUs;
            if (FindOutbox(recordingId) is { } outbox)
            {
                outbox.Opening = null;
            }

            _state.AutoDone = true;
            _effects.PersistNow = true;
            _effects.Changed = true;
            AfterCommand(nowUs);
        }
        else if (FindOutbox(recordingId) is null)
        {
            // It was given up while it was being opened.
            Abandon(recordingId, "failed", RecordingStatus.Failed, RecordingErrorCode.None);
        }

        return _effects;
    }

    /// <summary>The recording, or this room with it, could not be stored: it ends before it began. An automatic start is tried again.</summary>
    public RoomEffects OpenFailed(string recordingId, RecordingFailure failure, long nowUs)
    {
        Begin(nowUs);
        if (_state.Recording is { Status: RecordingStatus.Starting } recording && recording.RecordingId == recordingId)
        {
            if (recording.Opened)
            {
                _state.AutoDone = false;
            }

            FailStart(failure.Code, failure.Message, nowUs);
            _state.AutoRetryAtUs = nowUs + Microseconds(_rules.AutoRetry);
            RefreshDirectives();
        }

        return _effects;
    }

    /// <summary>Stops the current recording; repeating it is harmless.</summary>
    /// <exception cref="RecordingException">2003 when it is another one or there never was one; 5002.</exception>
    public RoomEffects Stop(StopRecordingCommand command, long nowUs)
    {
        Begin(nowUs);
        if (!IsLive(_state.Recording) && _state.LastRecordingId.Length > 0 && (command.RecordingId ?? _state.LastRecordingId) == _state.LastRecordingId)
        {
            return _effects;
        }

        var recording = Current(command.RecordingId, command.Requester);
        EndRecording(RecordingStatus.Completed, "stopped", CommandTimeUs(recording), RecordingErrorCode.None, command.Requester.Id, command.TriggerPostProcessing);
        RefreshDirectives();
        return _effects;
    }

    /// <summary>Pauses; repeating it is harmless.</summary>
    /// <exception cref="RecordingException">2003, 2004 while it is starting or stopping, 5002.</exception>
    public RoomEffects Pause(Requester requester, string? recordingId, long nowUs) =>
        Turn(requester, recordingId, nowUs, RecordingStatus.Recording, RecordingStatus.Paused, "recording_paused");

    /// <summary>Resumes; repeating it is harmless.</summary>
    /// <exception cref="RecordingException">2003, 2004 while it is starting or stopping, 5002.</exception>
    public RoomEffects Resume(Requester requester, string? recordingId, long nowUs) =>
        Turn(requester, recordingId, nowUs, RecordingStatus.Paused, RecordingStatus.Recording, "recording_resumed");

    /// <summary>The recording has reached its terminal state.</summary>
    public RoomEffects RecordingEnded(string recordingId, RecordingStatus status, long nowUs)
    {
        Begin(nowUs);
        _state.Outboxes.RemoveAll(outbox => outbox.RecordingId == recordingId);
        if (_state.Recording is { } recording && recording.RecordingId == recordingId)
        {
            if (IsLive(recording))
            {
                EndRecording(status, "failed", CommandTimeUs(recording));
                _state.Outboxes.RemoveAll(outbox => outbox.RecordingId == recordingId);
            }

            _state.Recording = null;
            _effects.PersistNow = true;
            _effects.Changed = true;
        }

        CompleteTails(recordingId);
        foreach (var link in _state.Links.Values.Where(link => link.Up && link.StopRecordingId == recordingId))
        {
            link.StopRecordingId = null;
            link.StopRequesterId = "";
            link.StopTriggers = false;
        }

        AfterCommand(nowUs);
        return _effects;
    }

    /// <summary>The policy in force, with the host that the room names when the policy names none.</summary>
    public RecordingPolicy EffectivePolicy() => WithHost(RawPolicy());

    private RecordingPolicy RawPolicy() =>
        (_state.UpdatedPolicy ?? _state.ResponsePolicy ?? _state.RequestPolicy ?? _state.CreatedPolicy)?.Policy ?? RecordingPolicy.Default;

    private RecordingPolicy WithHost(RecordingPolicy policy)
    {
        if (policy.HostId.Length > 0)
        {
            return policy;
        }

        var host = _state.HostId.Length > 0 ? _state.HostId : _state.Participants.Find(static peer => peer.IsHost)?.PeerId;
        return host is null ? policy : policy with { HostId = host };
    }

    private StartResult Accept(StartRecordingCommand command)
    {
        if (!_state.Links.Values.Any(static link => link.RoomOpen))
        {
            throw new RecordingException(RecordingErrorCode.UnknownRoom, $"Room {_state.RoomId} is not known on any link.");
        }

        var request = command.Policy is { } sent ? new PolicySlot(sent, new EventStamp(_nowUs, 0, 0)) : null;
        var policy = WithHost((_state.UpdatedPolicy ?? request ?? _state.CreatedPolicy)?.Policy ?? RecordingPolicy.Default);
        CheckPolicy(policy, command.Requester);
        if (IsLive(_state.Recording))
        {
            throw new RecordingException(RecordingErrorCode.AlreadyRecording, $"Room {_state.RoomId} is being recorded as {_state.Recording!.RecordingId}.");
        }

        if (_state.Recording is { } stopping && _nowUs - stopping.WaitingSinceUs < Microseconds(_rules.StopSettle))
        {
            throw new RecordingException(RecordingErrorCode.AlreadyRecording, $"Recording {stopping.RecordingId} of room {_state.RoomId} is just being completed.");
        }

        if (!Filter(policy, command.Selection).AllowsAnything)
        {
            throw new RecordingException(RecordingErrorCode.MediaTypeDisabled, "The policy allows none of the media that were asked for.");
        }

        if (_rules.RoomLimitReached())
        {
            throw new RecordingException(RecordingErrorCode.RoomLimit, "As many rooms are being recorded as may be.");
        }

        var recordingId = _rules.MintRecordingId();
        var prefix = _rules.Prefix(_state.RoomId, recordingId, command.Selection.StoragePath);
        Open(recordingId, prefix, command, policy, request);
        return new StartResult(recordingId, prefix);
    }

    private void Open(string recordingId, string prefix, StartRecordingCommand command, RecordingPolicy policy, PolicySlot? request)
    {
        _state.RequestPolicy = request;
        _state.ResponsePolicy = null;
        var source = _state.UpdatedPolicy is not null ? "policy_updated" : request is not null ? "policy_json" : "room_created";
        var recording = new LiveRecording
        {
            RecordingId = recordingId,
            Prefix = prefix,
            Requester = command.Requester,
            Selection = command.Selection,
            Status = RecordingStatus.Starting,
            RequestedAtUs = _nowUs,
            WaitingSinceUs = _nowUs,
            Participants = [.. _state.Participants.Where(IsPresent).Select(ToFacts)],
            Policies = [new PolicyChange(_nowUs, source, policy)],
        };
        _state.Recording = recording;
        _state.LastRecordingId = recordingId;
        foreach (var producer in _state.Producers)
        {
            producer.TrackId = producer.TrackLink = null;
            producer.Subscribed = producer.LeftOutNoted = false;
            producer.RawOnlyNoted = null;
        }

        foreach (var link in _state.Links.Values)
        {
            link.StopRecordingId = null;
            link.StopRequesterId = "";
            link.StopTriggers = false;
        }

        var opening = new RecordingOpening
        {
            RecordingId = recordingId,
            RoomId = _state.RoomId,
            Prefix = prefix,
            Requester = command.Requester,
            Policy = policy,
            RequestedAtUs = _nowUs,
            Room = Facts(recording),
        };
        _state.Outboxes.Add(new RecordingOutbox { RecordingId = recordingId, Opening = opening, Timeline = [.. _state.History] });
        NoteUnknownOutputs(null, policy, _nowUs);
        _effects.OpenRecording = opening;
        _effects.PersistNow = true;
        _effects.Changed = true;
    }

    private static void CheckPolicy(RecordingPolicy policy, Requester requester)
    {
        if (!policy.Enabled)
        {
            throw new RecordingException(RecordingErrorCode.RecordingDisabled, "Recording disabled for this room.");
        }

        if (!requester.MayRecord(policy))
        {
            throw new RecordingException(RecordingErrorCode.NotAuthorizedToRecord, $"{requester.Id} is not authorized to record this room.");
        }
    }

    /// <summary>Check 3: starts with the first producer when the policy says so.</summary>
    private void StartByPolicy()
    {
        if (_state.AutoDone || _state.AutoRefused || IsLive(_state.Recording) || _nowUs < _state.AutoRetryAtUs || !EffectivePolicy().AutoRecord || !_state.Producers.Exists(IsThere))
        {
            return;
        }

        try
        {
            Accept(new StartRecordingCommand { Requester = Requester.System });
        }
        catch (RecordingException exception) when (exception.Code is RecordingErrorCode.RoomLimit or RecordingErrorCode.AlreadyRecording)
        {
            _state.AutoRetryAtUs = _nowUs + Microseconds(_rules.AutoRetry);
        }
        catch (RecordingException)
        {
            // Nobody asked, so nobody is told; tried again when the policy changes.
            _state.AutoRefused = true;
        }
    }

    private void OnStartAnswered(StartAnswered answered, string linkKey, LinkState link, EventStamp stamp)
    {
        var recording = _state.Recording;
        if (recording is null || recording.RecordingId != answered.RecordingId || !IsLive(recording))
        {
            // An answer for a recording that is over: what it began has to be stopped.
            if (answered.Success && !IsLive(recording))
            {
                link.StopRecordingId = answered.RecordingId;
            }

            return;
        }

        var before = EffectivePolicy();
        if (answered.Policy is { } policy)
        {
            _state.ResponsePolicy = new PolicySlot(policy, stamp);
        }

        var refusal = answered.Success ? RefusalBy(EffectivePolicy(), recording) : SfuRefusal(answered.ErrorMessage, answered.Policy, recording);
        if (refusal is not null)
        {
            RefuseOn(linkKey, link, recording, refusal, stamp.TimeUs);
            return;
        }

        link.RefusedRecordingId = null;
        link.StartedRecordingId = recording.RecordingId;
        link.SfuRecordingId = answered.SfuRecordingId;
        if (link.RoomOpen)
        {
            foreach (var track in answered.Tracks)
            {
                OnProducerCreated(track, linkKey, stamp);
            }
        }

        if (recording.Status == RecordingStatus.Starting)
        {
            BeginRecording(recording, stamp.TimeUs);
        }

        PolicyMayHaveChanged(before, "start_response", stamp.TimeUs);
    }

    private void BeginRecording(LiveRecording recording, long timeUs)
    {
        var leadUs = timeUs - _nowUs;
        recording.LeadUs = Math.Abs(leadUs) <= Microseconds(MaxClockLead) ? leadUs : 0;
        recording.Status = RecordingStatus.Recording;
        recording.StartedAtUs = timeUs;
        CurrentOutbox()!.StartedAtUs = timeUs;
        _effects.RecordingStarted = timeUs;
        _effects.PersistNow = true;
        Write(new TimelineEvent { TimeUs = timeUs, Type = "recording_started", RequesterId = recording.Requester.Id }, history: false);
    }

    /// <summary>The authoritative check; null = allowed.</summary>
    private static RecordingFailure? RefusalBy(RecordingPolicy policy, LiveRecording recording)
    {
        try
        {
            CheckPolicy(policy, recording.Requester);
            return null;
        }
        catch (RecordingException exception)
        {
            return new RecordingFailure(exception.Code, exception.Message);
        }
    }

    /// <summary>The plan's answer holds no code: it follows from the policy sent along, else from the plan's two sentences.</summary>
    private RecordingFailure SfuRefusal(string message, RecordingPolicy? policy, LiveRecording recording)
    {
        if (policy is not null && RefusalBy(WithHost(policy), recording) is { } byPolicy)
        {
            return byPolicy with { Message = message.Length > 0 ? message : byPolicy.Message };
        }

        var code = message.Contains("disabled", StringComparison.OrdinalIgnoreCase) ? RecordingErrorCode.RecordingDisabled
            : message.Contains("not authorized", StringComparison.OrdinalIgnoreCase) ? RecordingErrorCode.NotAuthorizedToRecord
            : RecordingErrorCode.WrongState;
        return new RecordingFailure(code, message.Length > 0 ? message : "The SFU refused to record.");
    }

    /// <summary>One link takes no part; when no other does either, the recording ends with the same code.</summary>
    private void RefuseOn(string linkKey, LinkState link, LiveRecording recording, RecordingFailure failure, long timeUs)
    {
        var policyRefuses = RefusalBy(EffectivePolicy(), recording) is not null;
        link.RefusedRecordingId = recording.RecordingId;
        link.StopRecordingId = recording.RecordingId;
        link.StopRequesterId = recording.Requester.Id;
        var others = _state.Links.Values.Any(other => !ReferenceEquals(other, link) && other.RoomOpen && other.RefusedRecordingId != recording.RecordingId);
        if (others && !policyRefuses)
        {
            Write(new TimelineEvent { TimeUs = timeUs, Type = "error", Link = linkKey, Code = (int)failure.Code, Reason = failure.Message }, history: false);
        }
        else if (recording.Status == RecordingStatus.Starting)
        {
            FailStart(failure.Code, failure.Message, timeUs);
        }
        else
        {
            EndRecording(policyRefuses ? RecordingStatus.Completed : RecordingStatus.Interrupted, policyRefuses ? "policy" : "refused", timeUs, failure.Code);
        }
    }

    private void FailStart(RecordingErrorCode code, string message, long timeUs)
    {
        var recording = _state.Recording!;
        var failure = new RecordingFailure(code, message);
        if (!recording.Opened)
        {
            Forget(recording, failure);
            return;
        }

        _effects.StartFailures.Add(new StartFailure(recording.RecordingId, failure));
        EndRecording(RecordingStatus.Failed, "refused", timeUs, code);
    }

    /// <summary>A recording that nobody has heard of yet disappears without a trace.</summary>
    private void Forget(LiveRecording recording, RecordingFailure failure)
    {
        _state.Outboxes.RemoveAll(outbox => outbox.RecordingId == recording.RecordingId);
        _state.Recording = null;
        _state.RequestPolicy = null;
        _effects.StartFailures.Add(new StartFailure(recording.RecordingId, failure));
        _effects.PersistNow = true;
        _effects.Changed = true;
    }

    private RecordingStop? EndRecording(
        RecordingStatus status, string reason, long endedAtUs, RecordingErrorCode code = RecordingErrorCode.None, string requesterId = "", bool trigger = false)
    {
        if (_state.Recording is not { } recording || !IsLive(recording))
        {
            return null;
        }

        if (!recording.Opened)
        {
            Forget(recording, new RecordingFailure(code == RecordingErrorCode.None ? RecordingErrorCode.WrongState : code, $"The recording ended before it began: {reason}."));
            return null;
        }

        if (recording.Status == RecordingStatus.Starting && status != RecordingStatus.Failed)
        {
            _effects.StartFailures.Add(new StartFailure(recording.RecordingId, new RecordingFailure(RecordingErrorCode.WrongState, $"The recording ended before it began: {reason}.")));
        }

        KeepPendingSpeaker(long.MaxValue);
        var stop = new RecordingStop
        {
            EndedAtUs = Math.Max(endedAtUs, recording.StartedAtUs),
            Status = status,
            Reason = reason,
            RequesterId = requesterId,
            Code = code,
            TriggerPostProcessing = trigger,
        };
        Write(
            new TimelineEvent
            {
                TimeUs = stop.EndedAtUs,
                Type = "recording_stopped",
                Reason = reason,
                RequesterId = requesterId.Length > 0 ? requesterId : null,
                Code = code == RecordingErrorCode.None ? null : (int)code,
            },
            history: false);
        CurrentOutbox()!.Stop = stop;
        recording.Status = RecordingStatus.Stopping;
        recording.WaitingSinceUs = _nowUs;
        _state.RequestPolicy = _state.ResponsePolicy = null;
        foreach (var producer in _state.Producers)
        {
            KeepTail(producer, recording);
            producer.TrackLink = null;
        }

        foreach (var link in _state.Links.Values.Where(static link => link.Directive is { State: not WantedState.Idle }))
        {
            link.StopRecordingId = recording.RecordingId;
            link.StopRequesterId = requesterId;
            link.StopTriggers = trigger;
        }

        _effects.StopRecording = stop;
        _effects.PersistNow = true;
        _effects.Changed = true;
        return stop;
    }

    /// <summary>Ends a recording that this room does not hold.</summary>
    private void Abandon(string recordingId, string reason, RecordingStatus status, RecordingErrorCode code)
    {
        var lastUs = _state.Links.Values.Select(static link => link.LastEventUs).DefaultIfEmpty(0).Max();
        var stop = new RecordingStop { EndedAtUs = lastUs > 0 ? lastUs : _nowUs, Status = status, Reason = reason, Code = code };
        _state.Outboxes.Add(new RecordingOutbox { RecordingId = recordingId, Stop = stop });
        _effects.PersistNow = true;
    }

    private RoomEffects Turn(Requester requester, string? recordingId, long nowUs, RecordingStatus from, RecordingStatus to, string type)
    {
        Begin(nowUs);
        var recording = Current(recordingId, requester);
        if (recording.Status == to)
        {
            return _effects;
        }

        if (recording.Status != from)
        {
            throw new RecordingException(RecordingErrorCode.WrongState, $"Recording {recording.RecordingId} is {recording.Status}.");
        }

        recording.Status = to;
        Write(new TimelineEvent { TimeUs = CommandTimeUs(recording), Type = type, RequesterId = requester.Id }, history: false);
        _effects.PersistNow = true;
        _effects.Changed = true;
        RefreshDirectives();
        return _effects;
    }

    private LiveRecording Current(string? recordingId, Requester requester)
    {
        if (_state.Recording is not { } recording || (recordingId is not null && recordingId != recording.RecordingId))
        {
            throw new RecordingException(RecordingErrorCode.NoSuchRecording, $"Room {_state.RoomId} has no recording {recordingId ?? "under way"}.");
        }

        // Who began a recording may end it, whatever became of the role.
        var began = requester.Kind == recording.Requester.Kind && PeerIdentity.IsSame(requester.Id, recording.Requester.Id);
        if (!began && !requester.MayRecord(EffectivePolicy()))
        {
            throw new RecordingException(RecordingErrorCode.NotAuthorizedToRecord, $"{requester.Id} is not authorized to record this room.");
        }

        return recording;
    }

    private long CommandTimeUs(LiveRecording recording) => Math.Max(_nowUs + recording.LeadUs, recording.StartedAtUs);
}

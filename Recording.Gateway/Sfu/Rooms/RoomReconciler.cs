using Recording.Grains.Abstractions.Rooms;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Rooms;

/// <summary>
/// Compares what a room wants of an SFU with what the SFU answered on this connection, and says what to send. What was not answered is said again
/// every few seconds; what the plan leaves without an answer (stop, pause, resume, unsubscribe) is said once a change. Pure: no clock, no calls. Times in ms.
/// </summary>
/// <param name="roomId">The room.</param>
/// <param name="repeatMs">After this long a request counts as not answered.</param>
/// <param name="resumeFrom">First index wanted of a track; 0 = from now on.</param>
internal sealed class RoomReconciler(string roomId, long repeatMs, Func<TrackDirective, ulong> resumeFrom)
{
    private const int MaxUnsubscribes = 5;

    private readonly Dictionary<string, Subscription> _subscriptions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _stopped = new(StringComparer.Ordinal);
    private string? _askedFor;
    private string? _started;
    private string? _refused;
    private string? _requestId;
    private long _startAskedAt;
    private int _starts;
    private bool _pauseSent;
    private bool _changed;

    /// <summary>What the room wants; null = it said nothing yet.</summary>
    public RoomDirective? Directive { get; private set; }

    /// <summary>The SFU's own id of the recording; ours where it gave none.</summary>
    public string SfuRecordingId { get; private set; } = "";

    /// <summary>Our id of what the SFU records; null = nothing.</summary>
    public string? Started => _started;

    /// <summary>A start was sent and is not answered.</summary>
    public bool IsStartOutstanding => _requestId is not null;

    /// <summary>Whether the SFU may be asked to record now.</summary>
    public bool WantsStart => Directive is { State: not WantedState.Idle, RecordingId: { } id } && _started != id && _refused != id;

    /// <summary>Takes what the room wants; an older version is ignored.</summary>
    public bool Apply(RoomDirective directive)
    {
        if (Directive is not null && directive.Version <= Directive.Version)
        {
            return false;
        }

        Directive = directive;
        _changed = true;
        return true;
    }

    /// <summary>A new connection: the SFU is asked for everything again.</summary>
    public void OnLinkUp()
    {
        _subscriptions.Clear();
        _stopped.Clear();
        _askedFor = _started = _refused = _requestId = null;
        _pauseSent = false;
        _changed = true;
    }

    /// <summary>Adds what has to be sent now.</summary>
    /// <param name="nowMs">Now.</param>
    /// <param name="mayStart">Whether a start may be sent (an SFU that does not echo request ids takes one at a time).</param>
    /// <param name="commands">Where to add.</param>
    public void Collect(long nowMs, bool mayStart, List<Wire.RecordingToSfu> commands)
    {
        if (Directive is not { } directive)
        {
            return;
        }

        _changed = false;
        string? wanted = directive.State == WantedState.Idle ? null : directive.RecordingId;
        if (_askedFor is { } asked && asked != wanted)
        {
            Stop(asked, commands);
        }
        else if (wanted is null && directive.RecordingId is { } leftover && !_stopped.Contains(leftover))
        {
            Stop(leftover, commands);
        }

        if (wanted is null)
        {
            return;
        }

        if (_started != wanted)
        {
            Start(wanted, nowMs, mayStart, commands);
            return;
        }

        Pause(directive, commands);
        Subscribe(directive, nowMs, commands);
    }

    /// <summary>Whether there may be something to collect without the time having passed.</summary>
    public bool HasChanged => _changed;

    /// <summary>Whether a start response is the answer to our request.</summary>
    public bool IsAnswerTo(string requestId) => _requestId is not null && _requestId == requestId;

    /// <summary>The SFU answered our start; answers our recording id and whether it records.</summary>
    public (string RecordingId, bool Success)? OnStartAnswered(Wire.StartRecordingResponse response)
    {
        if (_requestId is null || _askedFor is not { } recordingId)
        {
            return null;
        }

        _requestId = null;
        _changed = true;
        bool success = response.Success || SaysAlreadyRecording(response.ErrorMessage);
        if (success)
        {
            _started = recordingId;
            SfuRecordingId = response.RecordingId.Length > 0 ? response.RecordingId : recordingId;
        }
        else
        {
            _refused = recordingId;
            _askedFor = null;
        }

        return (recordingId, success);
    }

    /// <summary>The SFU answered a subscription, or a packet of it came, which is an answer too.</summary>
    public bool OnSubscribed(string producerId)
    {
        if (!_subscriptions.TryGetValue(producerId, out Subscription? subscription))
        {
            return false;
        }

        subscription.IsAnswered = true;
        return true;
    }

    /// <summary>The SFU says that nothing follows on a track.</summary>
    public void OnTrackEnded(string producerId)
    {
        if (_subscriptions.TryGetValue(producerId, out Subscription? subscription) && subscription.IsEnding)
        {
            _subscriptions.Remove(producerId);
        }
    }

    /// <summary>Whether the producer was asked for, and the track that its packets belong to.</summary>
    public bool IsSubscribed(string producerId) => _subscriptions.TryGetValue(producerId, out Subscription? subscription) && !subscription.IsEnding;

    private static bool SaysAlreadyRecording(string message) =>
        message.Contains("already", StringComparison.OrdinalIgnoreCase) && message.Contains("record", StringComparison.OrdinalIgnoreCase);

    private void Start(string wanted, long nowMs, bool mayStart, List<Wire.RecordingToSfu> commands)
    {
        bool repeat = _requestId is not null && nowMs - _startAskedAt >= repeatMs;
        if (_refused == wanted || !mayStart || (_requestId is not null && !repeat))
        {
            return;
        }

        _askedFor = wanted;
        _startAskedAt = nowMs;
        _requestId = $"start-{wanted}-{++_starts}";
        SfuRecordingId = wanted;
        _pauseSent = false;
        commands.Add(new Wire.RecordingToSfu
        {
            RequestId = _requestId,
            StartRecording = new Wire.StartRecordingRequest { RoomId = roomId, RequesterId = Directive!.RequesterId, Config = SfuMapping.Config(Directive.Selection) },
        });
    }

    private void Stop(string recordingId, List<Wire.RecordingToSfu> commands)
    {
        commands.Add(new Wire.RecordingToSfu
        {
            RequestId = $"stop-{recordingId}",
            StopRecording = new Wire.StopRecordingRequest
            {
                RoomId = roomId,
                RecordingId = _askedFor == recordingId ? SfuRecordingId : recordingId,
                RequesterId = Directive!.RequesterId,
                TriggerPostProcessing = Directive.TriggerPostProcessing,
            },
        });
        _stopped.Add(recordingId);
        _subscriptions.Clear();
        _askedFor = _started = _requestId = null;
        _pauseSent = false;
    }

    private void Pause(RoomDirective directive, List<Wire.RecordingToSfu> commands)
    {
        bool paused = directive.State == WantedState.Paused;
        if (paused == _pauseSent)
        {
            return;
        }

        _pauseSent = paused;
        commands.Add(paused
            ? new Wire.RecordingToSfu { PauseRecording = new Wire.PauseRecordingRequest { RoomId = roomId, RecordingId = SfuRecordingId } }
            : new Wire.RecordingToSfu { ResumeRecording = new Wire.ResumeRecordingRequest { RoomId = roomId, RecordingId = SfuRecordingId } });
    }

    private void Subscribe(RoomDirective directive, long nowMs, List<Wire.RecordingToSfu> commands)
    {
        foreach (TrackDirective track in directive.Tracks)
        {
            if (_subscriptions.TryGetValue(track.ProducerId, out Subscription? known) && known.TrackId == track.TrackId && !known.IsEnding
                && (known.IsAnswered || nowMs - known.AskedAt < repeatMs))
            {
                continue;
            }

            _subscriptions[track.ProducerId] = new Subscription(track.TrackId) { AskedAt = nowMs };
            commands.Add(new Wire.RecordingToSfu
            {
                RequestId = $"subscribe-{track.TrackId}",
                SubscribeTrack = new Wire.SubscribeTrackRequest
                {
                    RoomId = roomId,
                    ProducerId = track.ProducerId,
                    RecordingId = SfuRecordingId,
                    ResumeFrom = resumeFrom(track),
                },
            });
        }

        foreach ((string producerId, Subscription subscription) in _subscriptions)
        {
            bool isWanted = Array.Exists(directive.Tracks, t => t.ProducerId == producerId);
            if (isWanted || (subscription.IsEnding && nowMs - subscription.AskedAt < repeatMs))
            {
                continue;
            }

            if (++subscription.Unsubscribes > MaxUnsubscribes || (subscription.IsEnding && !RepeatsUnsubscribe))
            {
                _subscriptions.Remove(producerId);
                continue;
            }

            subscription.IsEnding = true;
            subscription.AskedAt = nowMs;
            commands.Add(new Wire.RecordingToSfu
            {
                RequestId = $"unsubscribe-{subscription.TrackId}",
                UnsubscribeTrack = new Wire.UnsubscribeTrackRequest { RoomId = roomId, ProducerId = producerId, RecordingId = SfuRecordingId },
            });
        }
    }

    /// <summary>The SFU answers an unsubscription with <c>track_ended</c>, so a missing answer is worth asking again.</summary>
    public bool RepeatsUnsubscribe { get; set; }

    private sealed class Subscription(string trackId)
    {
        public string TrackId => trackId;

        public long AskedAt { get; set; }

        public bool IsAnswered { get; set; }

        public bool IsEnding { get; set; }

        public int Unsubscribes { get; set; }
    }
}

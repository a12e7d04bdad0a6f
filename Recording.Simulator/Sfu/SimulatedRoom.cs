using Recording.Protocol.Sfu;
using Recording.Simulator.Plans;

namespace Recording.Simulator.Sfu;

/// <summary>A room at the SFU: who is there, what happened, whether it is recorded. Guarded by the session's lock.</summary>
internal sealed class SimulatedRoom
{
    private readonly SimulatedSfuOptions _options;
    private readonly List<RecordingRoomEvent> _events = [];
    private readonly List<PlannedPeer> _present = [];
    private readonly Queue<RoomStep> _steps;
    private ulong _nextEvent = 1;
    private ulong _sentEvent;
    private bool _onlyClosingLeft;

    public SimulatedRoom(PlannedRoom plan, ProducerMedia media, SimulatedSfuOptions options, int seed)
    {
        Plan = plan;
        _options = options;
        Policy = plan.Policy;
        Producers = [.. plan.Peers.SelectMany(peer => peer.Tracks.Select((track, number) => new SimulatedProducer(this, peer, track, number, media, seed)))];
        _steps = new Queue<RoomStep>(Steps().OrderBy(step => step.AtUs).ThenBy(step => step.Order));
    }

    public PlannedRoom Plan { get; }

    public IReadOnlyList<SimulatedProducer> Producers { get; }

    public RecordingPolicy? Policy { get; private set; }

    public bool Created { get; private set; }

    public bool Closed { get; private set; }

    public bool Recording { get; set; }

    public bool RecordingPaused { get; set; }

    /// <summary>It was recorded, and that was stopped by the recorder.</summary>
    public bool Stopped { get; set; }

    /// <summary>The id that this SFU gave the recording; empty = none.</summary>
    public string OwnRecordingId { get; set; } = "";

    public bool StartRequestDue { get; private set; }

    public bool EventsAcknowledged => _events.Count == 0;

    /// <summary>Every planned track has sent all its media, and everything but closing has happened.</summary>
    public bool MediaDone => Created && Producers.All(producer => producer.Exhausted) && _steps.All(step => step.Kind == RoomStepKind.Closing);

    private bool ClosesWhenDone => _options.Unpaced || _options.MediaWaitsForSubscription;

    /// <summary>Runs the steps that are due at a time of the simulation.</summary>
    public void Advance(long startUs, long nowUs, SfuTotals totals, Func<TrackSubscription, bool> full)
    {
        while (_steps.TryPeek(out RoomStep? step) && IsDue(step, startUs, nowUs))
        {
            _steps.Dequeue();
            long at = _options.Unpaced ? nowUs : startUs + step.AtUs;
            if (!_options.Unpaced)
            {
                foreach (SimulatedProducer producer in Producers)
                {
                    producer.Pump(at, _options.Speed == 1 ? null : nowUs, totals, full);
                }
            }

            step.Run(at);
        }
    }

    public void Announce(Action<RecordingRoomEvent> fill, long timeUs)
    {
        var roomEvent = new RecordingRoomEvent
        {
            RoomId = Plan.RoomId,
            Timestamp = WireMessages.Time(timeUs, _options.PlanOnly),
            EventIndex = _nextEvent++,
        };
        fill(roomEvent);
        _events.Add(roomEvent);
    }

    /// <summary>Sends what happened since; a link that does not acknowledge gets each event once.</summary>
    public void FlushEvents(SfuLink link)
    {
        foreach (RecordingRoomEvent roomEvent in _events)
        {
            if (roomEvent.EventIndex > _sentEvent)
            {
                Send(link, roomEvent);
                _sentEvent = roomEvent.EventIndex;
            }
        }

        if (!link.Acknowledges)
        {
            _events.Clear();
        }

        if (StartRequestDue && link.TakesStartRequests && Plan.RecordingRequestedBy is { } requester)
        {
            StartRequestDue = false;
            link.Send(new SfuToRecording { StartRequested = new StartRequested { RoomId = Plan.RoomId, RequesterId = requester, Config = new RecordingConfig() } });
        }
    }

    /// <summary>A new link: unacknowledged events again, or, for a recorder that does not acknowledge, the state as events.</summary>
    public void Reannounce(SfuLink link, bool firstLink, long nowUs)
    {
        _sentEvent = 0;
        if (link.Acknowledges || firstLink || !Created || Closed)
        {
            return;
        }

        _events.Clear();
        long time = WireMessages.Time(nowUs, _options.PlanOnly);
        Announce(e => e.RoomCreated = WireMessages.RoomCreated(Plan, Policy, time), nowUs);
        foreach (PlannedPeer peer in _present)
        {
            Announce(e => e.PeerJoined = WireMessages.PeerJoined(peer, time), nowUs);
        }

        foreach (SimulatedProducer producer in Producers.Where(producer => producer is { Announced: true, Closed: false }))
        {
            Announce(e => e.ProducerCreated = WireMessages.ProducerCreated(producer, time, details: true), nowUs);
            if (producer.Paused)
            {
                Announce(e => e.ProducerPaused = new ProducerPaused { ProducerId = producer.ProducerId, PeerId = producer.Peer.PeerId, Timestamp = time }, nowUs);
            }
        }
    }

    public void AcknowledgeEvents(ulong index) => _events.RemoveAll(roomEvent => roomEvent.EventIndex <= index);

    /// <summary>The room as it is now; null when it does not exist.</summary>
    public RoomState? Snapshot(bool details, long nowUs)
    {
        if (!Created || Closed)
        {
            return null;
        }

        long time = WireMessages.Time(nowUs, _options.PlanOnly);
        var state = new RoomState { Room = WireMessages.RoomCreated(Plan, Policy, time), Policy = Policy?.Clone(), EventIndex = _nextEvent - 1 };
        state.Peers.Add(_present.Select(peer => WireMessages.PeerJoined(peer, time)));
        state.Producers.Add(Producers.Where(producer => producer is { Announced: true, Closed: false })
            .Select(producer => new ProducerState { Producer = WireMessages.ProducerCreated(producer, time, details), Paused = producer.Paused }));
        return state;
    }

    private static void Send(SfuLink link, RecordingRoomEvent roomEvent)
    {
        RecordingRoomEvent copy = roomEvent.Clone();
        if (!link.Acknowledges)
        {
            copy.EventIndex = 0;
        }

        if (!link.TakesDetails && copy.ProducerCreated is { } created)
        {
            created.PayloadTypes.Clear();
            created.HeaderExtensions.Clear();
            created.Encodings.Clear();
            created.ConsumerType = "";
        }

        link.Send(new SfuToRecording { RoomEvent = copy });
    }

    private bool IsDue(RoomStep step, long startUs, long nowUs)
    {
        if (ClosesWhenDone)
        {
            _onlyClosingLeft = _onlyClosingLeft || _steps.All(left => left.Kind == RoomStepKind.Closing);
            if (step.Kind == RoomStepKind.Closing)
            {
                // Tracks end with their own media; peers and the room when nothing is left.
                return _onlyClosingLeft && Producers.All(producer => producer.Exhausted && (producer.Subscription?.AllSent ?? true));
            }
        }

        return _options.Unpaced || startUs + step.AtUs <= nowUs;
    }

    private IEnumerable<RoomStep> Steps()
    {
        yield return At(TimeSpan.Zero, 0, RoomStepKind.Opening, now =>
        {
            Created = true;
            Announce(e => e.RoomCreated = WireMessages.RoomCreated(Plan, Policy, WireMessages.Time(now, _options.PlanOnly)), now);
        });
        foreach (PlannedPeer peer in Plan.Peers)
        {
            yield return At(peer.Join, 1, RoomStepKind.Opening, now =>
            {
                _present.Add(peer);
                Announce(e => e.PeerJoined = WireMessages.PeerJoined(peer, WireMessages.Time(now, _options.PlanOnly)), now);
            });
            if (peer.Leave is not null || Plan.ClosesAtEnd)
            {
                yield return At(peer.Leave ?? Plan.Duration, 6, RoomStepKind.Closing, now => Leave(peer, now));
            }
        }

        foreach (RoomStep step in Producers.SelectMany(ProducerSteps))
        {
            yield return step;
        }

        foreach (RoomStep step in RoomSteps())
        {
            yield return step;
        }
    }

    private IEnumerable<RoomStep> RoomSteps()
    {
        foreach (PlannedPolicyChange change in Plan.PolicyChanges)
        {
            yield return At(change.At, 3, RoomStepKind.Opening, now =>
            {
                Policy = change.Policy;
                Announce(e => e.RoomPolicyUpdated = new RoomPolicyUpdated { RoomId = Plan.RoomId, Policy = change.Policy.Clone(), Timestamp = WireMessages.Time(now, _options.PlanOnly) }, now);
            });
        }

        if (Plan.RecordingRequestedBy is not null)
        {
            yield return At(Plan.RecordingRequestedAt, 4, RoomStepKind.Opening, _ => StartRequestDue = true);
        }

        if (Plan.SpeakerInterval is { } interval && interval > TimeSpan.Zero && Plan.Peers.Count > 0)
        {
            int turn = 0;
            for (TimeSpan at = interval; at < Plan.Duration; at += interval, turn++)
            {
                PlannedPeer speaker = Plan.Peers[turn % Plan.Peers.Count];
                yield return At(at, 4, RoomStepKind.Passing, now =>
                {
                    if (_present.Contains(speaker))
                    {
                        Announce(e => e.ActiveSpeaker = new ActiveSpeaker { PeerId = speaker.PeerId, Volume = -20, Timestamp = WireMessages.Time(now, _options.PlanOnly) }, now);
                    }
                });
            }
        }

        if (Plan.ClosesAtEnd)
        {
            yield return At(Plan.Duration, 7, RoomStepKind.Closing, Close);
        }
    }

    private IEnumerable<RoomStep> ProducerSteps(SimulatedProducer producer)
    {
        PlannedTrack track = producer.Plan;
        yield return At(track.Start, 2, RoomStepKind.Opening, now =>
        {
            producer.Announced = true;
            Announce(e => e.ProducerCreated = WireMessages.ProducerCreated(producer, WireMessages.Time(now, _options.PlanOnly), details: true), now);
            if (!ClosesWhenDone)
            {
                producer.Start(now);
            }
        });
        foreach (PlannedPause pause in track.Pauses)
        {
            yield return At(pause.From, 3, RoomStepKind.Passing, now => SetPaused(producer, true, now));
            yield return At(pause.To, 3, RoomStepKind.Passing, now => SetPaused(producer, false, now));
        }

        if (track.Stop is not null || producer.Peer.Leave is not null || Plan.ClosesAtEnd)
        {
            yield return At(track.Stop ?? producer.Peer.Leave ?? Plan.Duration, 5, RoomStepKind.Closing, now => CloseProducer(producer, now));
        }
    }

    private static RoomStep At(TimeSpan at, int order, RoomStepKind kind, Action<long> run) => new((long)at.TotalMicroseconds, order, kind, run);

    private void SetPaused(SimulatedProducer producer, bool paused, long now)
    {
        if (producer.Closed || producer.Paused == paused)
        {
            return;
        }

        producer.Paused = paused;
        long time = WireMessages.Time(now, _options.PlanOnly);
        Announce(
            e =>
            {
                if (paused)
                {
                    e.ProducerPaused = new ProducerPaused { ProducerId = producer.ProducerId, PeerId = producer.Peer.PeerId, Timestamp = time };
                }
                else
                {
                    e.ProducerResumed = new ProducerResumed { ProducerId = producer.ProducerId, PeerId = producer.Peer.PeerId, Timestamp = time };
                }
            },
            now);
    }

    private void CloseProducer(SimulatedProducer producer, long now)
    {
        if (!producer.Announced || producer.Closed)
        {
            return;
        }

        producer.Closed = true;
        if (producer.Subscription is { } subscription)
        {
            subscription.Forwarding = false;
            subscription.Ended = true;
        }

        Announce(
            e => e.ProducerClosed = new ProducerClosed
            {
                ProducerId = producer.ProducerId,
                PeerId = producer.Peer.PeerId,
                Reason = "closed",
                Timestamp = WireMessages.Time(now, _options.PlanOnly),
            },
            now);
    }

    private void Leave(PlannedPeer peer, long now)
    {
        foreach (SimulatedProducer producer in Producers.Where(producer => producer.Peer == peer))
        {
            CloseProducer(producer, now);
        }

        if (_present.Remove(peer))
        {
            int seconds = (int)((peer.Leave ?? Plan.Duration) - peer.Join).TotalSeconds;
            Announce(e => e.PeerLeft = new PeerLeft { PeerId = peer.PeerId, Reason = "left", DurationSeconds = seconds, Timestamp = WireMessages.Time(now, _options.PlanOnly) }, now);
        }
    }

    private void Close(long now)
    {
        Closed = true;
        Announce(
            e => e.RoomClosed = new RoomClosed
            {
                RoomId = Plan.RoomId,
                Reason = "ended",
                DurationSeconds = (int)Plan.Duration.TotalSeconds,
                Timestamp = WireMessages.Time(now, _options.PlanOnly),
            },
            now);
    }
}

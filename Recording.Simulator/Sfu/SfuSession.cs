using Recording.Media.TrackFiles;
using Recording.Model;
using Recording.Protocol.Sfu;
using Recording.Simulator.Plans;

namespace Recording.Simulator.Sfu;

/// <summary>The state of one SFU process: rooms, subscriptions, the active link. Everything runs under one lock in short turns.</summary>
internal sealed class SfuSession
{
    private static readonly TimeSpan _recorderTimeout = TimeSpan.FromSeconds(20);
    private readonly Lock _gate = new();
    private readonly SimulatedSfuOptions _options;
    private readonly ILogger _logger;
    private readonly SfuClock _clock;
    private readonly SfuCommands _commands;
    private readonly DataPayloadWriter _writer = new();
    private readonly SfuTotals _totals = new();
    private readonly List<(Func<bool> Condition, TaskCompletionSource Reached)> _waits = [];
    private readonly HashSet<SfuLink> _links = [];
    private readonly Func<TrackSubscription, bool> _full;
    private SfuLink? _active;
    private ulong _highestFence;
    private int _nextLink = 1;
    private long? _startUs;

    public SfuSession(SimulationPlan plan, ProducerMedia media, SimulatedSfuOptions options, SfuClock clock, ILogger logger)
    {
        _options = options;
        _clock = clock;
        _logger = logger;
        SessionId = options.SessionId ?? RandomSessionId();
        Rooms = [.. plan.Rooms.Select(room => new SimulatedRoom(room, media, options, plan.Seed))];
        _commands = new SfuCommands(this, options, logger);
        _full = track => options.Unpaced && track.Ring.Bytes > options.RingBytes / 2;
    }

    public ulong SessionId { get; }

    public IReadOnlyList<SimulatedRoom> Rooms { get; }

    /// <summary>Every subscription since the start, by handle - 1.</summary>
    public List<TrackSubscription> Subscriptions { get; } = [];

    public long NowUs => _clock.NowUs;

    /// <summary>Time of the simulation: real time multiplied by the speed; unlimited media when not paced.</summary>
    public long SimulatedUs => _startUs is not { } start ? NowUs : _options.Unpaced ? NowUs : start + (long)((NowUs - start) * _options.Speed);

    public SfuTotals Totals => _totals;

    public SfuLink Open()
    {
        lock (_gate)
        {
            var link = new SfuLink(_nextLink++) { LastHeardUs = NowUs };
            _links.Add(link);
            return link;
        }
    }

    public void Ended(SfuLink link, string reason)
    {
        lock (_gate)
        {
            _links.Remove(link);
            if (_active == link)
            {
                _active = null;
                if (!link.Acknowledges)
                {
                    _commands.ForgetRecordings();
                }
            }

            link.Complete(reason);
            Check();
        }

        SimulatedSfuLog.LinkEnded(_logger, link.Id, reason);
    }

    public void Handle(SfuLink link, RecordingToSfu message)
    {
        lock (_gate)
        {
            link.LastHeardUs = NowUs;
            if (message.PayloadCase == RecordingToSfu.PayloadOneofCase.Register)
            {
                Register(link, message);
            }
            else if (!link.Registered)
            {
                link.Send(WireMessages.Error(message.RequestId, RecordingErrorCode.NotRegistered, "register comes first"));
            }
            else if (link == _active)
            {
                _commands.Handle(link, message);
            }

            FlushAll();
            Check();
        }
    }

    /// <summary>One turn of the pump.</summary>
    public void Tick()
    {
        lock (_gate)
        {
            if (_startUs is { } start)
            {
                long now = SimulatedUs;
                long? arrival = _options.Speed == 1 ? null : NowUs;
                foreach (SimulatedRoom room in Rooms)
                {
                    room.Advance(start, now, _totals, _full);
                    foreach (SimulatedProducer producer in room.Producers)
                    {
                        producer.Pump(_options.Unpaced ? long.MaxValue : now, arrival, _totals, _full);
                    }
                }
            }

            if (_active is { } active && NowUs - active.LastHeardUs > _recorderTimeout.TotalMicroseconds)
            {
                active.Abort($"nothing heard for {_recorderTimeout.TotalSeconds} s");
            }

            FlushAll();
            Check();
        }
    }

    public void DropLinks(string reason)
    {
        lock (_gate)
        {
            foreach (SfuLink link in _links)
            {
                link.Abort(reason);
            }
        }
    }

    public Task WhenAsync(Func<SfuSession, bool> condition, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (condition(this))
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waits.Add((() => condition(this), reached));
            return reached.Task.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Runs a query under the lock.</summary>
    public T Read<T>(Func<SfuSession, T> query)
    {
        lock (_gate)
        {
            return query(this);
        }
    }

    public bool HasLink => _active is not null;

    public string? Recorder => _active?.ServiceId;

    public SfuFigures Figures() => new(
        _totals.Links,
        Rooms.Count(room => room is { Created: true, Closed: false }),
        Rooms.Count(room => room.Recording),
        Subscriptions.Count(track => track.Forwarding),
        Subscriptions.Count,
        _totals.Forwarded,
        _totals.Packets,
        _totals.Bytes,
        _totals.Replayed,
        Subscriptions.Sum(track => (long)track.Ring.Dropped),
        Subscriptions.Sum(track => track.Ring.Bytes),
        _totals.Errors);

    private static ulong RandomSessionId()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        System.Security.Cryptography.RandomNumberGenerator.Fill(bytes);
        return Math.Max(1, BitConverter.ToUInt64(bytes));
    }

    private void Register(SfuLink link, RecordingToSfu message)
    {
        RecordingServiceRegister register = message.Register;
        if (register.Fence < _highestFence)
        {
            link.Complete($"fence {register.Fence} is older than {_highestFence}", RecordingErrorCode.FencedOut);
            return;
        }

        _highestFence = register.Fence;
        if (_active is { } older && older != link)
        {
            older.Complete($"a newer link holds fence {register.Fence}", RecordingErrorCode.FencedOut);
            if (!older.Acknowledges)
            {
                _commands.ForgetRecordings();
            }
        }

        link.Register(register, _options.Announced);
        _active = link;
        bool first = _totals.Links++ == 0;
        var response = new RecordingServiceRegisterResponse
        {
            Success = true,
            SfuId = _options.SfuId,
            ActiveRooms = Rooms.Count(room => room is { Created: true, Closed: false }),
            Timestamp = WireMessages.Time(NowUs, _options.PlanOnly),
        };
        if (!_options.PlanOnly)
        {
            response.Capabilities.Add(_options.Announced);
            response.SessionId = SessionId;
        }

        link.Send(new SfuToRecording { RequestId = message.RequestId, RegisterResponse = response });
        _startUs ??= NowUs;
        foreach (SimulatedRoom room in Rooms)
        {
            room.Reannounce(link, first, NowUs);
        }

        SimulatedSfuLog.Registered(_logger, link.Id, link.ServiceId, link.Fence);
    }

    private void FlushAll()
    {
        if (_active is not { } active)
        {
            return;
        }

        long now = NowUs;
        foreach (SimulatedRoom room in Rooms)
        {
            room.FlushEvents(active);
        }

        foreach (TrackSubscription track in Subscriptions)
        {
            track.Flush(active, now, _writer, _totals);
        }
    }

    private void Check()
    {
        for (int i = _waits.Count - 1; i >= 0; i--)
        {
            if (_waits[i].Condition())
            {
                _waits[i].Reached.TrySetResult();
                _waits.RemoveAt(i);
            }
        }
    }
}

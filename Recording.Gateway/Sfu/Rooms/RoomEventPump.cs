using Microsoft.Extensions.Logging;
using Orleans;
using Recording.Grains.Abstractions.Rooms;

namespace Recording.Gateway.Sfu.Rooms;

/// <summary>
/// Brings the events of one room and link to its grain: in order, one call in flight, each kept until it is durable and sent again from where the
/// room wants it. Speaker events go at most four times a second. Outlives the connection.
/// </summary>
internal sealed class RoomEventPump(IGrainFactory grains, TimeProvider time, ILogger logger, SfuLinkMetrics metrics, string roomId, string linkKey, LinkFence fence)
{
    private const int MaxBatch = 256;
    private static readonly TimeSpan s_speakerInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_durableInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_aliveInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_logInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly List<Queued> _events = [];
    private readonly List<Queued> _speakers = [];
    private readonly IRoomGrain _room = grains.GetGrain<IRoomGrain>(roomId);
    private ulong _fence;
    private long _first = 1;
    private long _next = 1;
    private long _speakerAt = long.MinValue;
    private long _askAt;
    private long _retryAt;
    private long _loggedAt;
    private int _failures;
    private bool _running;
    private bool _isNumbered;

    /// <summary>The session that numbers the events that are added from now on.</summary>
    public ulong Epoch { get; set; }

    /// <summary>The link is up: the room is told so now and then although nothing happens.</summary>
    public bool IsLinkUp { get; set; }

    /// <summary>Called with each answer and the session of the events that it answers, off any lock.</summary>
    public Action<HandleResult, ulong>? Answered { get; set; }

    /// <summary>Events that are not durable yet.</summary>
    public int Pending
    {
        get
        {
            lock (_gate)
            {
                return _events.Count + _speakers.Count;
            }
        }
    }

    /// <summary>Adds an event and sends it as soon as no call is in flight.</summary>
    public void Add(RoomEvent roomEvent)
    {
        lock (_gate)
        {
            var queued = new Queued(roomEvent, Epoch);
            if (roomEvent is ActiveSpeaker)
            {
                // A numbered event may wait but not vanish: its number would be missed. One without is replaced by the newer.
                if (roomEvent.EventIndex == 0)
                {
                    _speakers.RemoveAll(static s => s.Event.EventIndex == 0);
                }

                _speakers.Add(queued);
                TakeSpeakers();
            }
            else
            {
                if (roomEvent.EventIndex != 0)
                {
                    _events.AddRange(_speakers);
                    _speakers.Clear();
                }

                _events.Add(queued);
            }
        }

        Kick();
    }

    /// <summary>Sends what is due, unless a call is in flight.</summary>
    public void Kick()
    {
        lock (_gate)
        {
            TakeSpeakers();
            if (_running || !IsDue())
            {
                return;
            }

            _running = true;
        }

        _ = RunAsync();
    }

    private async Task RunAsync()
    {
        while (TryTake(out RoomEventBatch? batch))
        {
            try
            {
                HandleResult result = await _room.Handle(batch);
                OnHandled(batch, result);

                // An older fence was refused: that says nothing of the link that is up now.
                if (!result.Fenced || batch.Fence == fence.Value)
                {
                    Answered?.Invoke(result, batch.Epoch);
                }
            }
            catch (Exception exception)
            {
                OnFailed(exception);
            }
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out RoomEventBatch? batch)
    {
        batch = null;
        lock (_gate)
        {
            TakeSpeakers();
            if (!IsDue())
            {
                _running = false;
                return false;
            }

            if (_fence != fence.Value)
            {
                // Sequences are counted per fence: what the old one left unfinished is sent again under the new.
                _fence = fence.Value;
                _first = _next = 1;
                _isNumbered = false;
            }

            if (!_isNumbered)
            {
                // The room may have heard of this link before under the same fence: it says where the numbers go on.
                batch = new RoomEventBatch { LinkKey = linkKey, Fence = _fence, Epoch = Epoch, FirstSequence = 1, Events = [] };
                return true;
            }

            // The indexes of a batch are of one session.
            int from = (int)(_next - _first);
            ulong epoch = from < _events.Count ? _events[from].Epoch : Epoch;
            int count = 0;
            while (count < MaxBatch && from + count < _events.Count && _events[from + count].Epoch == epoch)
            {
                count++;
            }

            batch = new RoomEventBatch
            {
                LinkKey = linkKey,
                Fence = _fence,
                Epoch = epoch,
                FirstSequence = _next,
                Events = [.. _events.GetRange(from, count).Select(static q => q.Event)],
            };
            _askAt = After(_events.Count > 0 ? s_durableInterval : s_aliveInterval);
            return true;
        }
    }

    private bool IsDue()
    {
        long now = time.GetTimestamp();
        if (now < _retryAt || fence.Value == 0)
        {
            return false;
        }

        bool unsent = _next - _first < _events.Count || (_fence != fence.Value && _events.Count > 0);
        return unsent || (now >= _askAt && (_events.Count > 0 || (IsLinkUp && _fence != 0)));
    }

    private void OnHandled(RoomEventBatch batch, HandleResult result)
    {
        lock (_gate)
        {
            _failures = 0;
            if (result.Fenced || batch.Fence != _fence)
            {
                _retryAt = result.Fenced && batch.Fence == fence.Value ? After(s_longestRetry) : 0;
                if (_retryAt != 0 && !IsLinkUp)
                {
                    // The newer link tells the room everything by its snapshot.
                    Drop();
                }

                return;
            }

            if (!_isNumbered)
            {
                _first = _next = result.ExpectedSequence;
                _isNumbered = true;
                return;
            }

            if (result.ExpectedSequence < _first)
            {
                // The room lost its memory of what was durable: it counts on from where it is.
                _first = Math.Max(1, result.ExpectedSequence);
            }

            long durable = Math.Min(result.DurableSequence, result.ExpectedSequence - 1);
            if (durable >= _first)
            {
                int count = (int)Math.Min(durable - _first + 1, _events.Count);
                _events.RemoveRange(0, count);
                _first += count;
            }

            bool progress = result.ExpectedSequence > batch.FirstSequence || batch.Events.Length == 0;
            _next = Math.Clamp(result.ExpectedSequence, _first, _first + _events.Count);
            if (!progress)
            {
                _retryAt = After(s_firstRetry);
            }
        }
    }

    private void Drop()
    {
        _events.Clear();
        _speakers.Clear();
        _next = _first;
        _isNumbered = false;
    }

    private void OnFailed(Exception exception)
    {
        metrics.CallFailed(nameof(IRoomGrain.Handle));
        lock (_gate)
        {
            _failures++;
            TimeSpan wait = s_firstRetry * (1 << Math.Min(_failures - 1, 5));
            _retryAt = After(wait < s_longestRetry ? wait : s_longestRetry);
            if (_loggedAt != 0 && time.GetElapsedTime(_loggedAt) < s_logInterval)
            {
                return;
            }

            _loggedAt = time.GetTimestamp();
        }

        SfuLinkLog.RoomCallFailed(logger, exception, roomId, linkKey, _failures);
    }

    private void TakeSpeakers()
    {
        if (_speakers.Count > 0 && (_speakerAt == long.MinValue || time.GetElapsedTime(_speakerAt) >= s_speakerInterval))
        {
            _speakerAt = time.GetTimestamp();
            _events.AddRange(_speakers);
            _speakers.Clear();
        }
    }

    private long After(TimeSpan delay) => time.GetTimestamp() + (long)(delay.TotalSeconds * time.TimestampFrequency);

    /// <param name="Event">What happened.</param>
    /// <param name="Epoch">The session that numbers it.</param>
    private readonly record struct Queued(RoomEvent Event, ulong Epoch);
}

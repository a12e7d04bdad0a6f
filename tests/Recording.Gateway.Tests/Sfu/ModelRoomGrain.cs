using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>A room that takes events in sequence and answers what the test tells it to.</summary>
internal sealed class ModelRoomGrain : IRoomGrain
{
    private readonly Lock _gate = new();
    private readonly List<RoomEvent> _events = [];
    private long _expected = 1;
    private ulong _fence;
    private int _calls;

    public bool IsFenced { get; set; }

    public bool IsDurable { get; set; } = true;

    public RecordingFailure[] Refusals { get; set; } = [];

    public Func<Exception?> Fail { get; set; } = static () => null;

    /// <summary>Indexes by the session that they were sent under.</summary>
    public List<(ulong Epoch, ulong Index)> Indexes { get; } = [];

    public int Calls => Volatile.Read(ref _calls);

    public RoomEvent[] Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    public void Forget()
    {
        lock (_gate)
        {
            _expected = 1;
        }
    }

    public Task<HandleResult> Handle(RoomEventBatch batch)
    {
        lock (_gate)
        {
            _calls++;
            if (Fail() is { } failure)
            {
                return Task.FromException<HandleResult>(failure);
            }

            if (batch.Fence > _fence)
            {
                _fence = batch.Fence;
                _expected = 1;
            }

            if (batch.FirstSequence <= _expected)
            {
                foreach (RoomEvent roomEvent in batch.Events.Skip((int)(_expected - batch.FirstSequence)))
                {
                    _events.Add(roomEvent);
                    Indexes.Add((batch.Epoch, roomEvent.EventIndex));
                    _expected++;
                }
            }

            return Task.FromResult(new HandleResult(
                IsFenced, _expected, IsDurable ? _expected - 1 : 0, IsDurable ? _events.Select(static e => e.EventIndex).DefaultIfEmpty().Max() : 0, Refusals));
        }
    }

    public Task<StartResult> StartRecording(StartRecordingCommand command) => throw new NotSupportedException();

    public Task StopRecording(StopRecordingCommand command) => throw new NotSupportedException();

    public Task PauseRecording(Requester requester, string? recordingId) => throw new NotSupportedException();

    public Task ResumeRecording(Requester requester, string? recordingId) => throw new NotSupportedException();

    public Task<RoomView?> GetView() => Task.FromResult<RoomView?>(null);

    public Task Watch(IRoomObserver observer) => Task.CompletedTask;

    public Task Unwatch(IRoomObserver observer) => Task.CompletedTask;

    public Task RepeatDirective(string linkKey) => Task.CompletedTask;

    public Task RecordingEnded(string recordingId, RecordingStatus status) => Task.CompletedTask;

    public Task<bool> HasTails(string recordingId) => Task.FromResult(false);

    public Task Wake(string recordingId) => Task.CompletedTask;
}

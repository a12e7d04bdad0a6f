using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Gateway.Api;

/// <summary>Waits for what becomes of a start.</summary>
internal sealed class StartOutcome(TimeProvider time) : IRoomObserver, IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _recording = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RecordingFailure> _failed = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changed = new(0);

    public Task OnChanged(RoomView view)
    {
        if (view.RecordingId is { } id && view.Status is not (RecordingStatus.None or RecordingStatus.Starting))
        {
            lock (_gate)
            {
                _recording.Add(id);
            }

            _changed.Release();
        }

        return Task.CompletedTask;
    }

    public Task OnStartFailed(string recordingId, RecordingFailure failure)
    {
        lock (_gate)
        {
            _failed[recordingId] = failure;
        }

        _changed.Release();
        return Task.CompletedTask;
    }

    /// <summary>True once the recording runs, false when the wait is over; throws the refusal's code.</summary>
    public async Task<bool> WaitAsync(string recordingId, TimeSpan wait, CancellationToken cancellationToken)
    {
        long startedAt = time.GetTimestamp();
        while (true)
        {
            lock (_gate)
            {
                if (_failed.TryGetValue(recordingId, out RecordingFailure? failure))
                {
                    throw new RecordingException(failure.Code, failure.Message);
                }

                if (_recording.Contains(recordingId))
                {
                    return true;
                }
            }

            TimeSpan left = wait - time.GetElapsedTime(startedAt);
            if (left <= TimeSpan.Zero || !await _changed.WaitAsync(left, cancellationToken))
            {
                return false;
            }
        }
    }

    public void Dispose() => _changed.Dispose();
}

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>Lets links that were pushed back wait until a track has room again. Not thread-safe; who waits goes on outside the caller's lock.</summary>
internal sealed class RoomSignal
{
    private TaskCompletionSource? _waiting;

    /// <summary>Completes at the next <see cref="Update"/> with room.</summary>
    public Task Wait()
    {
        _waiting ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return _waiting.Task;
    }

    /// <summary>Says whether there is room.</summary>
    public void Update(bool hasRoom)
    {
        if (hasRoom && _waiting is not null)
        {
            _waiting.TrySetResult();
            _waiting = null;
        }
    }
}

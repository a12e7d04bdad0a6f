namespace Recording.Grains.Tests.Recordings;

/// <summary>
/// A process that dies at its n-th operation, before the operation takes effect, or after it did but before the answer came; or that freezes there
/// and goes on with that very operation when it is thawed.
/// </summary>
internal sealed class ProcessLife(int diesAt = int.MaxValue, bool afterEffect = false, int freezesAt = int.MaxValue)
{
    private readonly TaskCompletionSource _thawed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _frozen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _operations;

    /// <summary>Ends when it is frozen.</summary>
    public Task Frozen => _frozen.Task;

    /// <summary>Goes on.</summary>
    public void Thaw() => _thawed.TrySetResult();

    public bool IsDead { get; private set; }

    public int Operations => _operations;

    /// <summary>Stops counting at the current operation: everything after it fails.</summary>
    public void Kill() => IsDead = true;

    public async Task<T> DoAsync<T>(Func<Task<T>> operation)
    {
        ThrowIfDead();
        var isLast = ++_operations == diesAt;
        if (_operations >= freezesAt && !_thawed.Task.IsCompleted)
        {
            _frozen.TrySetResult();
            await _thawed.Task;
        }

        if (isLast && !afterEffect)
        {
            IsDead = true;
        }

        ThrowIfDead();
        var result = await operation();
        IsDead |= isLast;
        ThrowIfDead();
        return result;
    }

    public Task DoAsync(Func<Task> operation) => DoAsync(async () =>
    {
        await operation();
        return true;
    });

    public void ThrowIfDead()
    {
        if (IsDead)
        {
            throw new ProcessDiedException();
        }
    }
}

internal sealed class ProcessDiedException : Exception;

namespace Recording.Grains.Tests.Recordings;

/// <summary>A process that dies at its n-th operation: before the operation takes effect, or after it did but before the answer came.</summary>
internal sealed class ProcessLife(int diesAt = int.MaxValue, bool afterEffect = false)
{
    private int _operations;

    public bool IsDead { get; private set; }

    public int Operations => _operations;

    /// <summary>Stops counting at the current operation: everything after it fails.</summary>
    public void Kill() => IsDead = true;

    public async Task<T> DoAsync<T>(Func<Task<T>> operation)
    {
        ThrowIfDead();
        var isLast = ++_operations == diesAt;
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

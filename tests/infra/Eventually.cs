namespace Recording.TestInfrastructure;

/// <summary>Awaits a condition with a deadline.</summary>
public static class Eventually
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns once the condition holds; throws <see cref="TimeoutException"/> naming it at the deadline.</summary>
    public static Task HoldsAsync(string what, TimeSpan deadline, Func<bool> condition) =>
        HoldsAsync(what, deadline, () => Task.FromResult(condition()));

    /// <summary>Returns once the condition holds; throws <see cref="TimeoutException"/> naming it at the deadline.</summary>
    public static async Task HoldsAsync(string what, TimeSpan deadline, Func<Task<bool>> condition)
    {
        long startedAt = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Period);
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(startedAt) > deadline)
            {
                throw new TimeoutException($"Not within {deadline.TotalSeconds:0.#} s: {what}");
            }

            await timer.WaitForNextTickAsync();
        }
    }
}

using System.Diagnostics;

namespace Recording.Grains.Tests.Doubles;

/// <summary>Waits for a condition that other threads bring about.</summary>
public static class Polling
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Asks again and again until the condition holds; the last answer is in the failure.</summary>
    public static async Task<T> Until<T>(Func<Task<T>> ask, Func<T, bool> condition)
    {
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(Pause);
        while (true)
        {
            T answer = await ask();
            if (condition(answer))
            {
                return answer;
            }

            Assert.True(clock.Elapsed < Deadline, $"did not come about; the last answer was {answer}");
            await timer.WaitForNextTickAsync();
        }
    }

    public static Task Until(Func<bool> condition) => Until(() => Task.FromResult(condition()), static holds => holds);
}

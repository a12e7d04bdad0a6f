using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;

namespace Recording.Gateway.Tests.Sfu;

/// <summary>Waits for a condition that other tasks bring about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(20);

    /// <summary>Returns when the condition holds; fails after 20 s of real time. Moves the test's clock on between looks, where one is given.</summary>
    public static async Task True(Func<bool> condition, string what, FakeTimeProvider? time = null, TimeSpan? step = null)
    {
        long started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < s_deadline, what);
            time?.Advance(step ?? TimeSpan.FromMilliseconds(50));
            await Task.Delay(TimeSpan.FromMilliseconds(1));
        }
    }
}

using Orleans.Storage;

namespace Recording.Grains.Recordings;

/// <summary>Runs steps that may fail, and lets each rest after a failure, longer each time.</summary>
internal sealed class StepRetries(RecordingsOptions options, TimeProvider time)
{
    private const int MaxDoublings = 16;
    private readonly Dictionary<string, (int Failures, DateTimeOffset NotBefore)> _steps = new(StringComparer.Ordinal);

    /// <summary>Called after a failure: step, failures so far, pause, cause.</summary>
    public Action<string, int, TimeSpan, Exception>? Failed { get; set; }

    /// <summary>How often a step has failed since it last succeeded.</summary>
    public int FailuresOf(string step) => _steps.TryGetValue(step, out var known) ? known.Failures : 0;

    /// <summary>Runs the step unless it is resting; false = it was resting or failed.</summary>
    /// <exception cref="InconsistentStateException">Another activation owns the state: no use in trying again.</exception>
    public async Task<bool> TryAsync(string step, Func<Task> run, CancellationToken cancellationToken)
    {
        if (_steps.TryGetValue(step, out var known) && time.GetUtcNow() < known.NotBefore)
        {
            return false;
        }

        try
        {
            await run();
            _steps.Remove(step);
            return true;
        }
        catch (Exception e) when (e is not InconsistentStateException && !cancellationToken.IsCancellationRequested)
        {
            var failures = known.Failures + 1;
            var delay = TimeSpan.FromTicks(Math.Min(options.MaxRetryDelay.Ticks, options.RetryDelay.Ticks << Math.Min(failures - 1, MaxDoublings)));
            _steps[step] = (failures, time.GetUtcNow() + delay);
            Failed?.Invoke(step, failures, delay, e);
            return false;
        }
    }
}

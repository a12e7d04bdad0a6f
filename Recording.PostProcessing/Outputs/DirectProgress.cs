namespace Recording.PostProcessing.Outputs;

/// <summary>Reports on the caller's thread, in order; <see cref="Progress{T}"/> would post to the thread pool, out of order.</summary>
/// <param name="report">Called for each value.</param>
public sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
{
    /// <inheritdoc />
    public void Report(T value) => report(value);
}

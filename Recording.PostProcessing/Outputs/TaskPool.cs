using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Outputs;

/// <summary>Runs the tasks of a composition in this process: each when those it depends on are done, as many at once as there are workers.</summary>
/// <param name="tasks">Does the work.</param>
/// <param name="graph">Each task after those it depends on.</param>
/// <param name="workers">At least 1.</param>
/// <param name="scratchRoot">Where to work; null = the system's temporary folder.</param>
/// <param name="time">Measures time left.</param>
internal sealed class TaskPool(CompositionTasks tasks, IReadOnlyList<PlannedTask> graph, int workers, string? scratchRoot, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly double[] _fractions = new double[graph.Count];
    private readonly long _started = time.GetTimestamp();

    /// <summary>Runs all; the first failure stops the others and is thrown.</summary>
    public async Task<TaskProducts> RunAsync(IProgress<CompositionProgress>? progress, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        HashSet<string> done = new(StringComparer.Ordinal) { CompositionTasks.Plan };
        List<int> waiting = [.. Enumerable.Range(0, graph.Count)];
        Dictionary<Task<TaskProducts>, int> running = [];
        var products = new TaskProducts[graph.Count];
        try
        {
            while (waiting.Count > 0 || running.Count > 0)
            {
                foreach (int next in waiting.Where(i => graph[i].DependsOn.All(done.Contains)).Take(Math.Max(1, workers) - running.Count).ToArray())
                {
                    waiting.Remove(next);
                    running.Add(RunOneAsync(next, progress, stop.Token), next);
                }

                Task<TaskProducts> ended = await Task.WhenAny(running.Keys);
                running.Remove(ended, out int index);
                products[index] = await ended;
                done.Add(graph[index].TaskId);
            }
        }
        catch
        {
            // Nobody works on when the caller has been told, and all scratch is gone by then.
            await stop.CancelAsync();
            await Task.WhenAll(running.Keys).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }

        return new TaskProducts([], [.. products.SelectMany(made => made.Outputs)]) { Skipped = [.. products.SelectMany(made => made.Skipped)] };
    }

    private async Task<TaskProducts> RunOneAsync(int index, IProgress<CompositionProgress>? progress, CancellationToken cancellationToken)
    {
        PlannedTask task = graph[index];
        using ScratchDirectory scratch = ScratchDirectory.Create(scratchRoot);
        Report(index, 0, progress);
        var taskProgress = new DirectProgress<double>(fraction => Report(index, fraction, progress));
        TaskProducts products = await tasks.RunAsync(task.Kind, task.Number, scratch.Directory, taskProgress, cancellationToken);
        Report(index, 1, progress);
        return products;
    }

    private void Report(int index, double fraction, IProgress<CompositionProgress>? progress)
    {
        if (progress is null)
        {
            return;
        }

        lock (_lock)
        {
            _fractions[index] = Math.Max(_fractions[index], fraction);
            double whole = graph.Sum(task => task.Weight);
            double done = 0;
            for (int i = 0; i < graph.Count; i++)
            {
                done += _fractions[i] * graph[i].Weight;
            }

            double share = whole > 0 ? Math.Min(1, done / whole) : 1;
            TimeSpan? left = share > 0.01 ? time.GetElapsedTime(_started) * ((1 - share) / share) : null;
            progress.Report(new CompositionProgress(share, left, graph[index].TaskId));
        }
    }
}

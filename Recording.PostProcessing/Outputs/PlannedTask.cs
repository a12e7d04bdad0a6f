namespace Recording.PostProcessing.Outputs;

/// <summary>A task of a composition; a job's graph is made of these.</summary>
/// <param name="TaskId">Unique in the job.</param>
/// <param name="Kind">remux, render, audio or join.</param>
/// <param name="Number">Which group or chunk.</param>
/// <param name="DependsOn">Tasks that must be done before; all named earlier.</param>
/// <param name="Weight">Share of the work, roughly seconds of CPU.</param>
public sealed record PlannedTask(string TaskId, string Kind, int Number, IReadOnlyList<string> DependsOn, double Weight);

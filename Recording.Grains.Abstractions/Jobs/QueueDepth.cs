namespace Recording.Grains.Abstractions.Jobs;

/// <summary>How busy a queue is.</summary>
/// <param name="Pending">Tasks that wait.</param>
/// <param name="Leased">Tasks that a worker holds.</param>
[GenerateSerializer, Immutable, Alias("recording.QueueDepth")]
public readonly record struct QueueDepth([property: Id(0)] int Pending, [property: Id(1)] int Leased);

namespace Recording.PostProcessing.Outputs;

/// <summary>How far a composition is.</summary>
/// <param name="Fraction">0..1.</param>
/// <param name="TimeLeft">Estimate; null = not known yet.</param>
/// <param name="Task">What is being done.</param>
public readonly record struct CompositionProgress(double Fraction, TimeSpan? TimeLeft, string Task);

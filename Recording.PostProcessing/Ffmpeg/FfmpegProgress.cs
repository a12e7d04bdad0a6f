namespace Recording.PostProcessing.Ffmpeg;

/// <summary>How far a run is.</summary>
/// <param name="Fraction">0..1.</param>
/// <param name="TimeLeft">Estimate from the time used so far; null = not known yet.</param>
public readonly record struct FfmpegProgress(double Fraction, TimeSpan? TimeLeft);

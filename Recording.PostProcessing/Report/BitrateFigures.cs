namespace Recording.PostProcessing.Report;

/// <summary>Bits a second of RTP.</summary>
public sealed record BitrateFigures
{
    /// <summary>Over the track's time.</summary>
    public long MeanBps { get; init; }

    /// <summary>Highest step.</summary>
    public long PeakBps { get; init; }

    /// <summary>Start of the first step, ms since the origin.</summary>
    public long T { get; init; }

    /// <summary>Length of a step.</summary>
    public long StepMs { get; init; }

    /// <summary>By step.</summary>
    public IReadOnlyList<long> Bps { get; init => field = value ?? []; } = [];
}

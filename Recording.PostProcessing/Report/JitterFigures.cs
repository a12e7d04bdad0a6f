namespace Recording.PostProcessing.Report;

/// <summary>Interarrival jitter (RFC 3550 6.4.1), read once a second on the source with most packets.</summary>
public sealed record JitterFigures
{
    /// <summary>Mean.</summary>
    public double MeanMs { get; init; }

    /// <summary>95th percentile.</summary>
    public double P95Ms { get; init; }

    /// <summary>Highest.</summary>
    public double MaxMs { get; init; }
}

namespace Recording.PostProcessing.Report;

/// <summary>How a track's media clock runs against the recording's.</summary>
public sealed record ClockFigures
{
    /// <summary>Sender reports place it; else arrival times.</summary>
    public bool UsesSenderReports { get; init; }

    /// <summary>Its sender reports disagree with its participant's by over 50 ms and were not used.</summary>
    public bool FellBack { get; init; }

    /// <summary>How far readings lie off the mapping, 95th percentile.</summary>
    public double ResidualMs { get; init; }

    /// <summary>Parts per million; positive = the media clock is slow.</summary>
    public double SkewPpm { get; init; }

    /// <summary>Sender reports.</summary>
    public long SenderReports { get; init; }

    /// <summary>Sender reports that fit no neighbour.</summary>
    public int RejectedReports { get; init; }

    /// <summary>Times that the source started over.</summary>
    public long Resets { get; init; }
}

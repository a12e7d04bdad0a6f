namespace Recording.PostProcessing.Report;

/// <summary>Packets missing in a row.</summary>
public sealed record LossBurst
{
    /// <summary>Where the first is missing, ms since the origin.</summary>
    public required long T { get; init; }

    /// <summary>To the next packet that came.</summary>
    public required long DurationMs { get; init; }

    /// <summary>How many.</summary>
    public required int Packets { get; init; }
}

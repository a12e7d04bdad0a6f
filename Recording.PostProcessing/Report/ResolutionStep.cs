namespace Recording.PostProcessing.Report;

/// <summary>From this time on pictures have this size.</summary>
public sealed record ResolutionStep
{
    /// <summary>ms since the origin.</summary>
    public required long T { get; init; }

    /// <summary>Pixels.</summary>
    public required int Width { get; init; }

    /// <summary>Pixels.</summary>
    public required int Height { get; init; }
}

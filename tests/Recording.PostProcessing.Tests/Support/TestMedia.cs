namespace Recording.PostProcessing.Tests.Support;

/// <summary>What is special about a generated track.</summary>
public sealed record TestMedia
{
    /// <summary>Picture size.</summary>
    public string Size { get; init; } = "160x120";

    /// <summary>Frames a second.</summary>
    public int FrameRate { get; init; } = 30;

    /// <summary>Frames from one key frame to the next.</summary>
    public int KeyFrames { get; init; } = 30;

    /// <summary>A lavfi source that takes s, r and d, instead of the colour that flashes; null = that one.</summary>
    public string? Source { get; init; }

    /// <summary>Filters behind the source; null = none.</summary>
    public string? Filter { get; init; }

    /// <summary>Filters behind the source in each of <see cref="Windows"/>; null = <see cref="Filter"/> in all.</summary>
    public IReadOnlyList<string>? WindowFilters { get; init; }

    /// <summary>The sampling clock against real time.</summary>
    public double SkewPpm { get; init; }

    /// <summary>Packets that are missing, evenly at random with a fixed seed.</summary>
    public double LossPercent { get; init; }

    /// <summary>A shared screen.</summary>
    public bool IsScreenshare { get; init; }

    /// <summary>What the track says of its packets; null = what they are.</summary>
    public string? Codec { get; init; }

    /// <summary>From when on packets say that they are PCMU, seconds of recording time; null = never.</summary>
    public double? OtherCodecFrom { get; init; }

    /// <summary>From when on which orientation is said, seconds of recording time and the byte of the header extension; null = it is never said.</summary>
    public IReadOnlyList<(double At, byte Orientation)>? Turns { get; init; }

    /// <summary>Whether what is captured at a time is sent, in seconds of recording time; null = all is. Key frames are not moved by it.</summary>
    public Predicate<double>? IsSent { get; init; }

    /// <summary>When something is sent at all: start and length, seconds of recording time; null = all the time.</summary>
    public IReadOnlyList<(double From, double Seconds)>? Windows { get; init; }
}

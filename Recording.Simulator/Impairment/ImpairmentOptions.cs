namespace Recording.Simulator.Impairment;

/// <summary>What the network does between a participant and the SFU. Shares are 0..1 of all packets.</summary>
public sealed record ImpairmentOptions
{
    /// <summary>A network without faults.</summary>
    public static ImpairmentOptions None { get; } = new();

    /// <summary>Share that never arrives.</summary>
    public double Loss { get; init; }

    /// <summary>Share that is delayed and so arrives behind later ones.</summary>
    public double Reorder { get; init; }

    /// <summary>Share that arrives twice.</summary>
    public double Duplicate { get; init; }

    /// <summary>The most that a reordered or second packet is delayed.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(80);

    /// <summary>Whether anything happens at all.</summary>
    public bool IsNone => Loss <= 0 && Reorder <= 0 && Duplicate <= 0;
}

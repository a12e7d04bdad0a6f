namespace Recording.Media.Playback;

/// <summary>How long and how much a playback waits for packets that are late.</summary>
public sealed record PlaybackOptions
{
    /// <summary>A missing packet is given up when the packets behind it have waited so long.</summary>
    public TimeSpan ReorderWindow { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A missing packet is given up when so many packets of its source wait behind it.</summary>
    public int MaxWaitingPackets { get; init; } = 8192;
}

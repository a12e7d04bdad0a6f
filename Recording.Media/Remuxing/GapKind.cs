namespace Recording.Media.Remuxing;

/// <summary>Why there is no media for a while.</summary>
public enum GapKind
{
    /// <summary>Nothing was sent: mute, DTX, an idle screen, a sender that was stopped.</summary>
    Silence,

    /// <summary>Packets are missing.</summary>
    Loss,

    /// <summary>The recording or the producer was paused.</summary>
    Pause,
}

namespace Recording.PostProcessing.Report;

/// <summary>Why there is no media for a while; the words of the report.</summary>
internal static class GapKinds
{
    public const string Loss = "loss";
    public const string Link = "link";
    public const string Paused = "paused";
    public const string Muted = "muted";
    public const string Dtx = "dtx";
    public const string Silent = "silent";
    public const string Stopped = "stopped";
    public const string Stalled = "stalled";

    /// <summary>Only of a freeze: broken pictures waited for a key frame.</summary>
    public const string Keyframe = "keyframe";

    /// <summary>Only of a freeze: the sender made no picture.</summary>
    public const string Sender = "sender";
}

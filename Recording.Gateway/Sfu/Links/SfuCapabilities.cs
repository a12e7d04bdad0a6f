namespace Recording.Gateway.Sfu.Links;

/// <summary>What an SFU announced beyond the plan's messages.</summary>
internal sealed record SfuCapabilities
{
    /// <summary>What we announce ourselves, the plan's three kinds of media first.</summary>
    public static IReadOnlyList<string> Ours { get; } =
        ["audio", "video", "screenshare", "rtp_batch", "rtp_ack", "sender_reports", "track_details", "keyframe", "resync", "start_requested", "quality"];

    /// <summary>An SFU built from the plan alone.</summary>
    public static SfuCapabilities None { get; } = new();

    public bool Batches { get; init; }

    /// <summary>It keeps packets and events until they are acknowledged; needs batches.</summary>
    public bool Acknowledged { get; init; }

    public bool SenderReports { get; init; }

    public bool Keyframes { get; init; }

    public bool Resync { get; init; }

    public string[] Names { get; init; } = [];

    public static SfuCapabilities Of(IEnumerable<string> names)
    {
        string[] known = [.. names.Where(static n => Ours.Contains(n, StringComparer.Ordinal)).Distinct(StringComparer.Ordinal)];
        bool batches = known.Contains("rtp_batch", StringComparer.Ordinal);
        return new SfuCapabilities
        {
            Batches = batches,
            Acknowledged = batches && known.Contains("rtp_ack", StringComparer.Ordinal),
            SenderReports = known.Contains("sender_reports", StringComparer.Ordinal),
            Keyframes = known.Contains("keyframe", StringComparer.Ordinal),
            Resync = known.Contains("resync", StringComparer.Ordinal),
            Names = known,
        };
    }
}

namespace Recording.Simulator.Sfu;

/// <summary>Names of the protocol's extensions.</summary>
public static class SfuCapabilities
{
    /// <summary>Packets in batches.</summary>
    public const string RtpBatch = "rtp_batch";

    /// <summary>Acknowledgement and replay.</summary>
    public const string RtpAck = "rtp_ack";

    /// <summary>The senders' own clocks.</summary>
    public const string SenderReports = "sender_reports";

    /// <summary>Payload types, header extensions, encodings.</summary>
    public const string TrackDetails = "track_details";

    /// <summary>Key frames on request.</summary>
    public const string Keyframe = "keyframe";

    /// <summary>Snapshots of rooms.</summary>
    public const string Resync = "resync";

    /// <summary>Participants ask for a recording through the SFU.</summary>
    public const string StartRequested = "start_requested";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [RtpBatch, RtpAck, SenderReports, TrackDetails, Keyframe, Resync, StartRequested];
}

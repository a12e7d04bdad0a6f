namespace Recording.Cli.Export;

/// <summary>What <c>recording export</c> can write.</summary>
public enum ExportFormat
{
    /// <summary>One file of all tracks, for Wireshark and tshark.</summary>
    Pcapng,

    /// <summary>A file for each track, for rtptools.</summary>
    Rtpdump,

    /// <summary>A file for each media SSRC, for Janus' tools.</summary>
    Mjr,
}

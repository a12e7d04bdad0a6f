using Recording.Media.Captures.Import;

namespace Recording.Cli.Import;

/// <summary>What <c>recording import</c> was asked to do.</summary>
public sealed record ImportRequest
{
    /// <summary>Files: pcap, pcapng, rtpdump, MJR, BRTP.</summary>
    public required IReadOnlyList<string> Captures { get; init; }

    /// <summary>SDPs that were spoken with all of them. A capture NAME.ext with a NAME.sdp beside it takes that when this is empty.</summary>
    public IReadOnlyList<string> Sdps { get; init; } = [];

    /// <summary>Bytes of each frame that the captures kept although they do not say so (see <see cref="Recording.Media.Captures.CaptureReader.SnapLength"/>); 0 = they say so themselves.</summary>
    public int SnapLength { get; init; }

    /// <summary>Payload types, layers.</summary>
    public CaptureImportOptions Options { get; init; } = new();

    /// <summary>The recording's directory, which must be new or empty.</summary>
    public required string Output { get; init; }

    /// <summary>Id of the room.</summary>
    public string Room { get; init; } = "import";

    /// <summary>Id of the recording; null = minted from the time of the first packet.</summary>
    public string? RecordingId { get; init; }

    /// <summary>Participants' names, in order of appearance.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>Participants' names by SSRC (decimal or 0x...), CNAME, media stream id or capture name.</summary>
    public IReadOnlyDictionary<string, string> NamedPeers { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

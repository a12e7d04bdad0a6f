namespace Recording.Media.Captures.Export;

/// <summary>The made-up addresses of a track in exports: RTP on an even port, RTCP on the next one (RFC 3550 11), a source address for each participant.</summary>
/// <param name="Track">Number of the track, from 0.</param>
/// <param name="Peer">Number of its participant, from 0.</param>
public readonly record struct ExportAddress(int Track, int Peer)
{
    /// <summary>More tracks have no ports.</summary>
    public const int MaxTracks = 10_000;

    /// <summary>Where everything goes.</summary>
    public const uint Destination = 0x0A00_0002;

    private const uint FirstSource = 0x0A01_0001;
    private const int FirstSourcePort = 40_000;
    private const int FirstPort = 5004;

    /// <summary>IPv4 address of the sender.</summary>
    public uint Source => FirstSource + (uint)Peer;

    /// <summary>UDP port of the sender's RTP; its RTCP has the next.</summary>
    public ushort SourcePort => (ushort)(FirstSourcePort + (2 * Track));

    /// <summary>UDP port of the receiver's RTP; its RTCP has the next.</summary>
    public ushort Port => (ushort)(FirstPort + (2 * Track));

    /// <summary>An IPv4 address as text.</summary>
    public static string Text(uint address) => $"{address >> 24}.{(address >> 16) & 0xFF}.{(address >> 8) & 0xFF}.{address & 0xFF}";
}

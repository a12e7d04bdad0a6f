using Recording.Protocol.Sfu;

namespace Recording.Simulator.Replay;

/// <summary>What a capture holds of one producer.</summary>
public sealed record ReplayStream
{
    /// <summary>audio or video.</summary>
    public required string Kind { get; init; }

    /// <summary>Lower case, of the first media payload type.</summary>
    public required string Codec { get; init; }

    /// <summary>Hz.</summary>
    public required int ClockRate { get; init; }

    /// <summary>Audio channels; 0 for video.</summary>
    public int Channels { get; init; }

    /// <summary>The first media payload type.</summary>
    public required int PayloadType { get; init; }

    /// <summary>All payload types of the SDP section.</summary>
    public IReadOnlyList<PayloadType> PayloadTypes { get; init; } = [];

    /// <summary>Header extensions of the SDP section.</summary>
    public IReadOnlyList<HeaderExtension> HeaderExtensions { get; init; } = [];

    /// <summary>SSRCs with the RTX SSRC that belongs to each.</summary>
    public required IReadOnlyList<Encoding> Encodings { get; init; }

    /// <summary>In order of arrival.</summary>
    public required IReadOnlyList<ReplayPacket> Packets { get; init; }
}

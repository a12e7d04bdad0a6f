using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures;

/// <summary>What a recorder's file (MJR, BRTP) says of the one stream it holds.</summary>
public sealed record StreamDescription
{
    /// <summary>audio or video.</summary>
    public required string Kind { get; init; }

    /// <summary>Lower case.</summary>
    public required string Codec { get; init; }

    /// <summary>Hz.</summary>
    public required uint ClockRate { get; init; }

    /// <summary>Audio channels; 0 for video.</summary>
    public uint Channels { get; init; }

    /// <summary>Format parameters as in SDP; may be empty.</summary>
    public string Fmtp { get; init; } = "";

    /// <summary>Payload type of the codec; null when the file does not say.</summary>
    public byte? PayloadType { get; init; }

    /// <summary>Payload type of RED packets that hold the codec; null when there is none.</summary>
    public byte? RedPayloadType { get; init; }

    /// <summary>Header extensions.</summary>
    public IReadOnlyList<ExtensionFormat> Extensions { get; init; } = [];

    /// <summary>What the recorder wrote about it; may be empty.</summary>
    public string Label { get; init; } = "";

    /// <summary>The media is encrypted from end to end.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>The records have no times: those given are told by RTP timestamps.</summary>
    public bool HasNoTimes { get; init; }

    /// <summary>The codec as a payload format of a track file.</summary>
    /// <param name="payloadType">As seen in the packets.</param>
    public PayloadFormat ToFormat(byte payloadType) =>
        payloadType == RedPayloadType
            ? new PayloadFormat { Pt = payloadType, Codec = "red", ClockRate = ClockRate, Channels = Channels, Fmtp = PayloadType is { } inner ? $"{inner}/{inner}" : "" }
            : new PayloadFormat { Pt = payloadType, Codec = Codec, ClockRate = ClockRate, Channels = Channels, Fmtp = Fmtp };
}

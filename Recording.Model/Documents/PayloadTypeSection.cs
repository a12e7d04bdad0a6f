namespace Recording.Model.Documents;

/// <summary>What an RTP payload type means in a track.</summary>
public sealed record PayloadTypeSection
{
    /// <summary>0..127.</summary>
    public required int Pt { get; init; }

    /// <summary>Lower case: opus, vp8, rtx, ...</summary>
    public required string Codec { get; init; }

    /// <summary>Hz.</summary>
    public required int ClockRate { get; init; }

    /// <summary>Audio channels; null for video.</summary>
    public int? Channels { get; init; }

    /// <summary>Format parameters as in SDP; null = none.</summary>
    public string? Fmtp { get; init; }

    /// <summary>For rtx: the payload type it repeats.</summary>
    public int? Apt { get; init; }
}

namespace Recording.Grains.Abstractions.Tracks;

/// <summary>How a batch was answered.</summary>
public enum AppendStatus
{
    /// <summary>Taken (what was already held was trimmed).</summary>
    Accepted,

    /// <summary>A fresh activation: call Open, then send again from the first unstored index.</summary>
    NeedsOpening,

    /// <summary>Beyond the next expected index: rewind to <see cref="AppendResult.ExpectedIndex"/>.</summary>
    Rewind,

    /// <summary>The track is sealed; the packets came too late and count as acknowledged.</summary>
    Sealed,

    /// <summary>A newer link feeds this track.</summary>
    Fenced,

    /// <summary>The blocks do not parse or do not match the batch's indexes.</summary>
    Malformed,
}

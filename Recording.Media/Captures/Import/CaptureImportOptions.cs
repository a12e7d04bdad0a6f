using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures.Import;

/// <summary>What the user says of captures beyond their SDPs.</summary>
public sealed record CaptureImportOptions
{
    /// <summary>Payload types that no SDP names, or names wrongly.</summary>
    public IReadOnlyList<PayloadFormat> Map { get; init; } = [];

    /// <summary>One track for all simulcast layers of a section instead of one for each.</summary>
    public bool JoinLayers { get; init; }
}

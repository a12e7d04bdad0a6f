using Recording.Model;

namespace Recording.PostProcessing.Outputs;

/// <summary>A track that nothing, or not all, can be made of: whoever looks for it in the output finds it here.</summary>
/// <param name="TrackId">The track.</param>
/// <param name="Reason">Why.</param>
/// <param name="Code">3002: its codec cannot be decoded, or the container does not take it. 2004: a gap is too long for Ogg. 4003: it holds media, and no frame of it can be
/// decoded. None: it holds no media, so that nothing is missing.</param>
public sealed record SkippedTrack(string TrackId, string Reason, RecordingErrorCode Code)
{
    /// <summary>The track holds media that is not in the output.</summary>
    public bool IsMissed => Code != RecordingErrorCode.None;
}

namespace Recording.Grains.Tracks;

/// <summary>Where the live parts of a track lie.</summary>
internal static class TrackKeys
{
    /// <summary>The object whose presence ends a track.</summary>
    public const string SealedName = "SEALED";

    /// <summary>Prefix of a track's segments, with a trailing slash.</summary>
    public static string SegmentPrefix(string recordingPrefix, string trackId) => $"{recordingPrefix}segments/{trackId}/";
}

namespace Recording.Media.Playback;

/// <summary>What a <see cref="TrackPlayback"/> stands on.</summary>
public enum PlaybackItem
{
    /// <summary>Nothing: before the first or behind the last item.</summary>
    None,

    /// <summary>A media packet in its place.</summary>
    Packet,

    /// <summary>A sender report, as it came.</summary>
    SenderReport,

    /// <summary>A marker: pause, resume, gap, skipped, layer, policy, clock.</summary>
    Marker,

    /// <summary>A section began, or the format changed: see <see cref="TrackPlayback.Format"/>.</summary>
    Format,
}

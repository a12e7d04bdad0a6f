using Recording.Media.Depacketizers;
using Recording.Media.Playback;
using Recording.Media.Rtp;

namespace Recording.Media.Remuxing;

/// <summary>Knows how the pictures of each source are to be turned. Senders put the extension on the last packet of a key frame and where it changes, and it holds from there on.</summary>
internal sealed class OrientationTracker
{
    private readonly Dictionary<uint, Source> _sources = [];

    public void Add(in MediaPacket packet)
    {
        if (packet.Orientation is not VideoOrientation orientation)
        {
            return;
        }

        if (!_sources.TryGetValue(packet.Ssrc, out Source source))
        {
            source = new Source(orientation, orientation, packet.Timestamp);
        }
        else if (source.Now != orientation)
        {
            source = new Source(source.Now, orientation, packet.Timestamp);
        }

        _sources[packet.Ssrc] = source;
    }

    /// <summary>How the frame is to be turned; null when its source never said.</summary>
    public VideoOrientation? Of(in MediaFrame frame) =>
        _sources.TryGetValue(frame.Ssrc, out Source source) ? frame.Timestamp >= source.Since ? source.Now : source.Before : null;

    // A frame without its marker comes out when the next one begins, which may be turned already.
    private readonly record struct Source(VideoOrientation Before, VideoOrientation Now, long Since);
}

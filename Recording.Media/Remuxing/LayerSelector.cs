using Recording.Media.Depacketizers;
using Recording.Media.Playback;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Remuxing;

/// <summary>
/// Makes one picture stream of several sources (simulcast layers, or a source that follows another): at key frames it goes up to a larger layer, or
/// over to another one when its own has fallen silent or is no longer named in the format.
/// </summary>
internal sealed class LayerSelector(TrackPlayback playback, uint? only)
{
    private const long SilentUs = 500_000;

    // Sources wait for late packets one by one: a key frame may come out a little after frames of another layer that are newer.
    private const long CatchUpUs = 1_000_000;

    private uint? _current;
    private long _area;
    private long _lastUs;

    /// <summary>Whether the frame belongs to the stream.</summary>
    public bool Takes(in MediaFrame frame, long timeUs)
    {
        if (only is uint ssrc && frame.Ssrc != ssrc)
        {
            return false;
        }

        if (_current != frame.Ssrc && !(frame.IsKeyframe && (_current is null || timeUs > _lastUs - CatchUpUs) && MaySwitch(frame, timeUs)))
        {
            return false;
        }

        _current = frame.Ssrc;
        _area = (long)frame.Width * frame.Height;
        _lastUs = timeUs;
        return true;
    }

    private bool MaySwitch(in MediaFrame frame, long timeUs) =>
        _current is not uint current
        || (long)frame.Width * frame.Height > _area
        || (timeUs - _lastUs > SilentUs && !playback.IsWaiting(current))
        || (!IsNamed(current) && IsNamed(frame.Ssrc));

    private bool IsNamed(uint ssrc)
    {
        foreach (EncodingFormat encoding in playback.Format?.Encodings ?? [])
        {
            if (encoding.Ssrc == ssrc)
            {
                return true;
            }
        }

        return false;
    }
}

using Recording.Media.Depacketizers;

namespace Recording.PostProcessing.Report;

/// <summary>
/// Finds freezes in pictures as they are shown: an interval over three times the mean of the last 30, and over it by 150 ms at least, as browsers
/// count them. Layers of one track count as one picture. Times are µs since the origin.
/// </summary>
internal sealed class PictureWatch(TrackStates states)
{
    private const int Window = 30;
    private const double Factor = 3;
    private const long SlackUs = 150_000;

    // Longer than this without a packet missing: nobody was filming.
    private const long StoppedUs = 2_000_000;
    private const long SilentLayerUs = 2_000_000;
    private const int MaxListed = 500;

    private readonly Queue<long> _intervals = new();
    private readonly Dictionary<uint, long> _frames = [];
    private readonly List<ReportGap> _freezes = [];
    private readonly List<ResolutionStep> _sizes = [];
    private long _sumUs;
    private long _beginUs;
    private long _keyframes;
    private long? _firstKeyframeUs;
    private long _longestWaitUs;
    private long _lastUs = long.MinValue;
    private long _firstUs;
    private long _stillUs;
    private uint _shown;
    private long _shownUs;
    private string? _cause;
    private long _freezeCount;
    private long _frozenUs;
    private long _longestUs;

    /// <summary>The first packet came.</summary>
    public void Begin(long timeUs) => _beginUs = timeUs;

    /// <summary>Something happened since the last picture that explains an interval before the next; loss outweighs nothing else.</summary>
    public void Expect(string cause) => _cause = cause == GapKinds.Loss ? _cause ?? cause : cause;

    /// <summary>A picture that can be shown.</summary>
    public void Add(in MediaFrame frame, long timeUs)
    {
        _frames[frame.Ssrc] = _frames.GetValueOrDefault(frame.Ssrc) + 1;
        _keyframes += frame.IsKeyframe ? 1 : 0;
        _firstKeyframeUs ??= frame.IsKeyframe ? timeUs : null;
        NoteSize(frame, timeUs);
        if (_lastUs == long.MinValue)
        {
            _firstUs = _lastUs = timeUs;
        }

        long interval = timeUs - _lastUs;
        if (interval <= 0)
        {
            return;
        }

        if (frame.FollowsLoss)
        {
            Expect(GapKinds.Loss);
        }

        double mean = _intervals.Count == 0 ? SlackUs : (double)_sumUs / _intervals.Count;
        if (interval > Math.Max(Factor * mean, mean + SlackUs))
        {
            NoteFreeze(frame.IsKeyframe, timeUs, interval);
        }
        else
        {
            _intervals.Enqueue(interval);
            _sumUs += interval;
            if (_intervals.Count > Window)
            {
                _sumUs -= _intervals.Dequeue();
            }
        }

        _lastUs = timeUs;
        _cause = null;
    }

    /// <summary>No more packets: pictures that never came back after a loss stand still to the end.</summary>
    /// <param name="timeUs">The last packet.</param>
    public void End(long timeUs)
    {
        long interval = _lastUs == long.MinValue ? 0 : timeUs - _lastUs;
        if (interval > SlackUs * Factor && _cause is GapKinds.Loss or GapKinds.Link)
        {
            NoteFreeze(isKeyframe: true, timeUs, interval);
        }
    }

    /// <summary>What was seen.</summary>
    public PictureFigures Figures(long droppedFrames)
    {
        long frames = _frames.Count == 0 ? 0 : _frames.Values.Max();
        double movingSeconds = (_lastUs - _firstUs - _stillUs) / 1e6;
        return new PictureFigures
        {
            Frames = _frames.Values.Sum(),
            Keyframes = _keyframes,
            DroppedFrames = droppedFrames,
            FrameRate = _lastUs == long.MinValue || movingSeconds <= 0 ? 0 : Math.Round((frames - 1) / movingSeconds, 2),
            FirstKeyframeWaitMs = _firstKeyframeUs is { } first ? Math.Max(0, first - _beginUs) / 1000 : null,
            LongestKeyframeWaitMs = _longestWaitUs / 1000,
            Freezes = _freezeCount,
            FrozenMs = _frozenUs / 1000,
            LongestFreezeMs = _longestUs / 1000,
            FreezeList = _freezes,
            Resolutions = _sizes,
        };
    }

    private void NoteFreeze(bool isKeyframe, long timeUs, long interval)
    {
        string? cause = _cause is GapKinds.Muted or GapKinds.Paused or GapKinds.Link ? _cause
            : EventSpans.Cover(states.Muted, _lastUs, timeUs) ? GapKinds.Muted
            : EventSpans.Cover(states.Paused, _lastUs, timeUs) ? GapKinds.Paused
            : _cause;
        bool isBroken = cause is GapKinds.Loss or GapKinds.Link;
        if (isBroken && isKeyframe)
        {
            _longestWaitUs = Math.Max(_longestWaitUs, interval);
            cause = cause == GapKinds.Loss ? GapKinds.Keyframe : cause;
        }

        // What was switched off, or a screen on which nothing moved, did not freeze.
        if (cause is GapKinds.Muted or GapKinds.Paused || (!isBroken && (states.IsScreenshare || interval >= StoppedUs)))
        {
            _stillUs += interval;
            return;
        }

        _stillUs += interval;
        _freezeCount++;
        _frozenUs += interval;
        _longestUs = Math.Max(_longestUs, interval);
        if (_freezes.Count < MaxListed)
        {
            _freezes.Add(new ReportGap { T = _lastUs / 1000, DurationMs = interval / 1000, Kind = cause ?? GapKinds.Sender });
        }
    }

    private void NoteSize(in MediaFrame frame, long timeUs)
    {
        long area = (long)frame.Width * frame.Height;
        long shown = _sizes.Count == 0 ? 0 : (long)_sizes[^1].Width * _sizes[^1].Height;
        if (area == 0 || (frame.Ssrc != _shown && area <= shown && timeUs - _shownUs < SilentLayerUs))
        {
            return;
        }

        _shown = frame.Ssrc;
        _shownUs = timeUs;
        if (_sizes.Count == 0 || _sizes[^1].Width != frame.Width || _sizes[^1].Height != frame.Height)
        {
            _sizes.Add(new ResolutionStep { T = timeUs / 1000, Width = frame.Width, Height = frame.Height });
        }
    }
}

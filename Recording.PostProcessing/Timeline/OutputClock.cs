namespace Recording.PostProcessing.Timeline;

/// <summary>Maps recording time to output time and to the output's frame grid: the recording's pauses are cut out.</summary>
public sealed class OutputClock
{
    private const long Second = 1_000_000;
    private readonly List<KeptSpan> _spans = [];

    /// <param name="durationUs">Length of the recording with its pauses.</param>
    /// <param name="pauses">What is cut out; any order.</param>
    /// <param name="frameRate">Output frames a second.</param>
    public OutputClock(long durationUs, IEnumerable<TimeInterval> pauses, int frameRate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(frameRate, 1);
        FrameRate = frameRate;
        var whole = new TimeInterval(0, Math.Max(0, durationUs));
        foreach (TimeInterval span in TimeInterval.Subtract([whole], TimeInterval.Union(pauses, whole)))
        {
            _spans.Add(new KeptSpan(DurationUs, span));
            DurationUs += span.LengthUs;
        }

        TotalFrames = Math.Max(1, RoundToFrame(DurationUs));
    }

    /// <summary>Output frames a second.</summary>
    public int FrameRate { get; }

    /// <summary>Length of the output, µs.</summary>
    public long DurationUs { get; }

    /// <summary>Frames of the output; at least 1.</summary>
    public long TotalFrames { get; }

    /// <summary>What is kept, in order.</summary>
    public IReadOnlyList<KeptSpan> Spans => _spans;

    /// <summary>Output time of a moment; a moment in a pause maps to the cut, one outside to the nearer end.</summary>
    public long ToOutputUs(long recordingUs)
    {
        int index = FirstWhere(span => recordingUs < span.Source.EndUs);
        return index < _spans.Count ? _spans[index].OutputUs + Math.Max(0, recordingUs - _spans[index].Source.StartUs) : DurationUs;
    }

    /// <summary>The output frame nearest to a recording time, within 0..<see cref="TotalFrames"/>.</summary>
    public long ToFrame(long recordingUs) => Math.Clamp(RoundToFrame(ToOutputUs(recordingUs)), 0, TotalFrames);

    /// <summary>Recording time of an output frame (a fraction = between two frames).</summary>
    public long ToRecordingUs(double frame)
    {
        var outputUs = (long)Math.Round(frame * Second / FrameRate);
        int index = FirstWhere(span => outputUs < span.OutputEndUs);
        if (index < _spans.Count)
        {
            return _spans[index].Source.StartUs + Math.Max(0, outputUs - _spans[index].OutputUs);
        }

        // The last frame may begin up to half a frame behind the end.
        return _spans.Count == 0 ? 0 : _spans[^1].Source.EndUs + outputUs - _spans[^1].OutputEndUs;
    }

    /// <summary>Splits output frames where the recording was cut: each piece comes from one stretch.</summary>
    public IReadOnlyList<SourcePiece> Split(long firstFrame, long frameCount)
    {
        List<SourcePiece> pieces = [];
        long frame = firstFrame;
        long end = firstFrame + frameCount;
        long firstUs = firstFrame * Second / FrameRate;
        for (int i = FirstWhere(span => firstUs < span.OutputEndUs); i < _spans.Count && frame < end; i++)
        {
            KeptSpan span = _spans[i];

            // Frames whose time lies in the span: the first one at or behind its end belongs to the next.
            long spanEnd = Math.Min(end, CeilingToFrame(span.OutputEndUs));
            if (spanEnd > frame)
            {
                pieces.Add(new SourcePiece(frame, spanEnd - frame, ToRecordingUs(frame)));
                frame = spanEnd;
            }
        }

        if (frame < end)
        {
            long rest = end - frame;
            if (pieces.Count > 0)
            {
                pieces[^1] = pieces[^1] with { FrameCount = pieces[^1].FrameCount + rest };
            }
            else
            {
                pieces.Add(new SourcePiece(frame, rest, ToRecordingUs(frame)));
            }
        }

        return pieces;
    }

    // Spans are sorted by both times: the first one that ends behind a moment is found by halving.
    private int FirstWhere(Func<KeptSpan, bool> endsBehind)
    {
        int low = 0;
        int high = _spans.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = endsBehind(_spans[middle]) ? (low, middle) : (middle + 1, high);
        }

        return low;
    }

    private long RoundToFrame(long outputUs) => ((outputUs * FrameRate) + (Second / 2)) / Second;

    private long CeilingToFrame(long outputUs) => ((outputUs * FrameRate) + Second - 1) / Second;
}

namespace Recording.PostProcessing.Report;

/// <summary>Collects gaps and their sums; gaps of discontinuous transmission in a row become one.</summary>
internal sealed class GapList
{
    private const int MaxListed = 1_000;
    private const long MergeMs = 200;
    private readonly List<ReportGap> _list = [];
    private readonly Dictionary<string, long> _sums = new(StringComparer.Ordinal);
    private ReportGap? _dtx;

    /// <summary>Adds one.</summary>
    public void Add(long t, long durationMs, string kind, long packets = 0)
    {
        _sums[kind] = _sums.GetValueOrDefault(kind) + durationMs;
        var gap = new ReportGap { T = t, DurationMs = durationMs, Kind = kind, Packets = packets };
        if (kind != GapKinds.Dtx)
        {
            List(gap);
        }
        else if (_dtx is { } open && t - (open.T + open.DurationMs) <= MergeMs)
        {
            _dtx = open with { DurationMs = t + durationMs - open.T };
        }
        else
        {
            EndDtx();
            _dtx = gap;
        }
    }

    /// <summary>What was collected.</summary>
    public GapFigures Figures()
    {
        EndDtx();
        return new GapFigures
        {
            LossMs = Sum(GapKinds.Loss),
            LinkMs = Sum(GapKinds.Link),
            PausedMs = Sum(GapKinds.Paused),
            MutedMs = Sum(GapKinds.Muted),
            DtxMs = Sum(GapKinds.Dtx),
            SilentMs = Sum(GapKinds.Silent),
            StoppedMs = Sum(GapKinds.Stopped),
            StalledMs = Sum(GapKinds.Stalled),
            List = [.. _list.OrderBy(gap => gap.T)],
        };
    }

    private long Sum(string kind) => _sums.GetValueOrDefault(kind);

    private void EndDtx()
    {
        if (_dtx is { } gap)
        {
            List(gap);
            _dtx = null;
        }
    }

    private void List(ReportGap gap)
    {
        if (_list.Count < MaxListed)
        {
            _list.Add(gap);
        }
    }
}

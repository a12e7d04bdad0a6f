using System.Globalization;

namespace Recording.PostProcessing.Report;

/// <summary>Draws tracks as bars on one time axis: what was received, what was missing and why, who spoke.</summary>
/// <param name="html">Where it is written.</param>
/// <param name="report">What is drawn.</param>
internal sealed class TimelineChart(HtmlText html, QualityReport report)
{
    private const double Width = 1000;
    private const double Thinnest = 1.5;
    private const int BarHeight = 16;
    private const int RateHeight = 20;
    private static readonly (string Kind, string Words)[] _key =
    [
        ("got", "received"), ("loss", "lost, or picture stood still"), ("link", "missed between SFU and recorder"), ("stalled", "held up, came later"), ("muted", "muted"),
        ("silent", "silence sent"), ("dtx", "nothing to hear (DTX)"), ("stopped", "nothing sent"), ("paused", "recording paused"),
    ];

    private readonly double _durationMs = Math.Max(1, report.Recording.DurationMs);

    /// <summary>Writes the whole chart.</summary>
    public void Write()
    {
        html.Markup("<div class=\"card\">");
        WriteAxis();
        if (report.Speakers.Count > 0)
        {
            WriteSpeakers();
        }

        foreach (ReportParticipant participant in report.Participants)
        {
            html.Markup("<h3>").Name(participant.DisplayName.Length > 0 ? participant.DisplayName : participant.PeerId).Markup("</h3>");
            foreach (ReportTrack track in participant.Tracks)
            {
                WriteTrack(track);
            }
        }

        html.Markup("<div class=\"key\">");
        foreach ((string kind, string words) in _key)
        {
            html.Markup($"<span><i style=\"background:var(--{kind})\"></i>").Text(words).Markup("</span>");
        }

        html.Markup("<span>upper half only: picture stood still</span><span>thin line: bit rate</span><span>number: score of 100</span></div></div>\n");
    }

    /// <summary>m:ss, or h:mm:ss from an hour on.</summary>
    public static string Clock(double ms)
    {
        var time = TimeSpan.FromMilliseconds(Math.Max(0, ms));
        return time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}");
    }

    /// <summary>What a track is, in a word or two.</summary>
    public static string Label(ReportTrack track) => track.TrackType switch
    {
        "mic" => "microphone",
        "camera" => "camera",
        "screenshare" => track.Kind == "audio" ? "screen sound" : "screen",
        _ => track.Kind == "audio" ? "sound" : track.Kind == "video" ? "picture" : track.Kind,
    };

    private void WriteAxis()
    {
        const int steps = 4;
        html.Markup("<div class=\"lane\"><div class=\"soft\">time</div><div class=\"axis\">");
        for (int i = 0; i <= steps; i++)
        {
            html.Markup($"<span style=\"left:{i * 100 / steps}%\">").Text(Clock(_durationMs * i / steps)).Markup("</span>");
        }

        html.Markup("</div></div>\n");
    }

    private void WriteSpeakers()
    {
        List<string> peers = [.. report.Speakers.Select(speech => speech.PeerId).Distinct(StringComparer.Ordinal)];
        foreach (string peer in peers)
        {
            ReportParticipant? known = report.Participants.FirstOrDefault(participant => participant.PeerId == peer);
            html.Markup("<div class=\"lane\"><div class=\"soft\">").Name(known is { DisplayName.Length: > 0 } ? known.DisplayName : peer).Markup(" speaks</div>");
            Begin("speakers", BarHeight / 2);
            foreach (ReportSpeech speech in report.Speakers.Where(speech => speech.PeerId == peer))
            {
                Bar("got", speech.T, speech.DurationMs, BarHeight / 2, $"from {Clock(speech.T)} for {Clock(speech.DurationMs)}");
            }

            html.Markup("</svg></div>\n");
        }
    }

    private void WriteTrack(ReportTrack track)
    {
        html.Markup("<div class=\"lane\"><div>").Text(Label(track)).Markup(" <span class=\"soft\">").Text(track.Codec)
            .Markup("</span> <b class=\"").Markup(Grade(track.Score)).Markup("\">").Text(track.Score.ToString(CultureInfo.InvariantCulture)).Markup("</b></div><div>");
        Begin(Label(track) + ": " + (track.Problem ?? $"{track.Packets.Media} packets, {track.Packets.Lost} lost"), BarHeight);
        if (track.Problem is null)
        {
            Bar("got", track.T, track.DurationMs, BarHeight, "received");
            // What was held up lies over what it is part of.
            foreach (IGrouping<string, ReportGap> gaps in track.Gaps.List.GroupBy(gap => gap.Kind, StringComparer.Ordinal).OrderBy(gaps => gaps.Key == GapKinds.Stalled))
            {
                Bars(gaps.Key, BarHeight, gaps.Select(gap => (gap.T, gap.DurationMs, $"{gap.Kind} from {Clock(gap.T)}, {gap.DurationMs} ms")));
            }

            Bars(GapKinds.Loss, BarHeight, track.Loss.List.Select(burst => (burst.T, burst.DurationMs, $"{burst.Packets} packets lost at {Clock(burst.T)}")));
            Bars("freeze", BarHeight / 2, (track.Picture?.FreezeList ?? []).Select(freeze => (freeze.T, freeze.DurationMs, $"picture stood still at {Clock(freeze.T)} for {freeze.DurationMs} ms ({freeze.Kind})")));
        }

        html.Markup("</svg>");
        WriteRate(track);
        html.Markup("</div></div>\n");
    }

    private void WriteRate(ReportTrack track)
    {
        if (track.Bitrate.Bps.Count < 2 || track.Bitrate.PeakBps == 0)
        {
            return;
        }

        html.Markup($"<svg class=\"rate\" height=\"{RateHeight}\" viewBox=\"0 0 {Width} {RateHeight}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"bit rate\"><polyline class=\"curve\" points=\"");
        for (int i = 0; i < track.Bitrate.Bps.Count; i++)
        {
            double x = X(track.Bitrate.T + ((i + 0.5) * track.Bitrate.StepMs));
            double y = RateHeight - 1 - ((RateHeight - 2.0) * track.Bitrate.Bps[i] / track.Bitrate.PeakBps);
            html.Markup($"{HtmlText.Number(x)},{HtmlText.Number(y)} ");
        }

        html.Markup("\"/></svg>");
    }

    private void Begin(string label, int height) =>
        html.Markup($"<svg height=\"{height}\" viewBox=\"0 0 {Width} {height}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"").Text(label).Markup("\">");

    // What lies closer together than the eye tells apart is one bar: the page of a long recording stays small.
    private void Bars(string kind, int height, IEnumerable<(long T, long DurationMs, string Title)> bars)
    {
        (long T, long EndMs, string Title, int Count) open = (0, 0, "", 0);
        foreach ((long t, long durationMs, string title) in bars.OrderBy(bar => bar.T))
        {
            if (open.Count > 0 && X(t) < Math.Max(X(open.EndMs), X(open.T) + Thinnest) + Thinnest)
            {
                open.EndMs = Math.Max(open.EndMs, t + durationMs);
                open.Count++;
                continue;
            }

            End();
            open = (t, t + durationMs, title, 1);
        }

        End();

        void End()
        {
            if (open.Count > 0)
            {
                Bar(kind, open.T, open.EndMs - open.T, height, open.Count == 1 ? open.Title : $"{kind}, {open.Count} times from {Clock(open.T)} to {Clock(open.EndMs)}");
            }
        }
    }

    private void Bar(string kind, long t, long durationMs, int height, string title)
    {
        double from = X(t);
        double width = Math.Max(Thinnest, X(t + durationMs) - from);
        html.Markup($"<rect class=\"{kind}\" x=\"{HtmlText.Number(Math.Min(from, Width - Thinnest))}\" width=\"{HtmlText.Number(width)}\" height=\"{height}\"><title>").Text(title).Markup("</title></rect>");
    }

    private double X(double ms) => Math.Clamp(ms / _durationMs, 0, 1) * Width;

    internal static string Grade(int score) => score >= 85 ? "good" : score >= 60 ? "fair" : "bad";
}

using System.Globalization;

namespace Recording.PostProcessing.Report;

/// <summary>The report as one page that opens from disk: no script, nothing fetched, every text of others escaped.</summary>
public static class HtmlReport
{
    private const int FindingsAtOnce = 12;

    /// <summary>Writes the page.</summary>
    public static string Write(QualityReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var html = new HtmlText();
        html.Markup("""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>
            """).Text($"Recording quality: {Title(report)}").Markup("</title><style>").Markup(HtmlStyle.Sheet).Markup("</style></head><body><main>\n");
        WriteHeader(html, report);
        WriteFindings(html, report);
        html.Markup("<h2>Timeline</h2>\n");
        new TimelineChart(html, report).Write();
        WriteTracks(html, report);
        WriteClocks(html, report);
        WriteLoss(html, report);
        WritePolicy(html, report);
        WriteFiles(html, report);
        html.Markup("</main></body></html>\n");
        return html.ToString();
    }

    private static string Title(QualityReport report) => report.Recording.RoomName.Length > 0 ? report.Recording.RoomName : report.Recording.RoomId;

    private static void WriteHeader(HtmlText html, QualityReport report)
    {
        ReportRecording recording = report.Recording;
        html.Markup("<header><div><h1>").Name(Title(report)).Markup("</h1><p>")
            .Text(recording.Origin.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)).Markup(", ").Text(TimelineChart.Clock(recording.DurationMs)).Markup(", ")
            .Text(recording.Status).Markup("</p><p class=\"soft\">room ").Name(recording.RoomId).Markup(", recording ").Name(recording.RecordingId)
            .Markup($"</p></div><div class=\"score {TimelineChart.Grade(report.Score)}\">").Text(Whole(report.Score)).Markup("<small>of 100</small></div></header>\n");
    }

    private static void WriteFindings(HtmlText html, QualityReport report)
    {
        html.Markup("<h2>Why</h2>\n<div class=\"card\"><ul>");
        foreach (ReportFinding finding in report.Findings.Take(FindingsAtOnce))
        {
            WriteFinding(html, report, finding);
        }

        html.Markup("</ul>");
        if (report.Findings.Count > FindingsAtOnce)
        {
            html.Markup("<details><summary>").Text($"{report.Findings.Count - FindingsAtOnce} more").Markup("</summary><ul>");
            foreach (ReportFinding finding in report.Findings.Skip(FindingsAtOnce))
            {
                WriteFinding(html, report, finding);
            }

            html.Markup("</ul></details>");
        }

        html.Markup("</div>\n");
    }

    private static void WriteFinding(HtmlText html, QualityReport report, ReportFinding finding)
    {
        html.Markup("<li class=\"").Text(finding.Severity).Markup("\">");
        ReportParticipant? participant = report.Participants.FirstOrDefault(known => known.PeerId == finding.ParticipantId);
        ReportTrack? track = participant?.Tracks.FirstOrDefault(known => known.TrackId == finding.TrackId);
        if (participant is not null)
        {
            html.Markup("<b>").Name(participant.DisplayName.Length > 0 ? participant.DisplayName : participant.PeerId).Markup("</b>");
            html.Text(track is null ? ": " : $", {TimelineChart.Label(track)}: ");
        }

        html.Text(finding.Text);
        if (finding.Points > 0)
        {
            html.Markup(" <span class=\"soft\">").Text(string.Create(CultureInfo.InvariantCulture, $"−{finding.Points:0.#} points")).Markup("</span>");
        }

        html.Markup("</li>");
    }

    private static void WriteTracks(HtmlText html, QualityReport report)
    {
        html.Markup("<h2>Tracks</h2>\n<div class=\"card scroll\"><table><tr><th>Participant<th>Track<th class=\"n\">Score<th class=\"n\">Packets<th class=\"n\">Lost<th class=\"n\">Late<th class=\"n\">Twice<th class=\"n\">Out of order"
            + "<th class=\"n\">Brought back<th class=\"n\">Jitter ms<th class=\"n\">kbit/s<th class=\"n\">Frozen s<th>Sizes</tr>\n");
        foreach ((ReportParticipant participant, ReportTrack track) in Tracks(report))
        {
            html.Markup("<tr>").Markup("<td class=\"w\">").Name(NameOf(participant)).Markup("</td>").Element("td", $"{TimelineChart.Label(track)} {track.Codec}")
                .Element($"td class=\"n {TimelineChart.Grade(track.Score)}\"", Whole(track.Score)).Element("td class=\"n\"", Whole(track.Packets.Media))
                .Element("td class=\"n\"", track.Packets.Lost == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{track.Packets.Lost} ({track.Packets.LossPercent:0.##} %)"))
                .Element("td class=\"n\"", Whole(track.Packets.Late)).Element("td class=\"n\"", Whole(track.Packets.Duplicates)).Element("td class=\"n\"", Whole(track.Packets.Reordered))
                .Element("td class=\"n\"", Whole(track.Packets.Recovered)).Element("td class=\"n\"", Tenth(track.Jitter.MeanMs)).Element("td class=\"n\"", Whole(track.Bitrate.MeanBps / 1000))
                .Element("td class=\"n\"", track.Picture is null ? "" : Tenth(track.Picture.FrozenMs / 1000.0))
                .Element("td class=\"s\"", string.Join(" → ", (track.Picture?.Resolutions ?? []).Take(8).Select(size => $"{size.Width}×{size.Height}"))).Markup("</tr>\n");
        }

        html.Markup("</table></div>\n");
    }

    private static void WriteClocks(HtmlText html, QualityReport report)
    {
        html.Markup("<h2>Clocks</h2>\n<div class=\"card scroll\"><table><tr><th>Participant<th>Track<th>Placed by<th class=\"n\">Off by up to ms<th class=\"n\">Skew ppm<th class=\"n\">Sender reports<th class=\"n\">Sound to picture ms</tr>\n");
        foreach ((ReportParticipant participant, ReportTrack track) in Tracks(report).Where(pair => pair.Track.Problem is null))
        {
            html.Markup("<tr><td class=\"w\">").Name(NameOf(participant)).Markup("</td>").Element("td", TimelineChart.Label(track))
                .Element("td", track.Clock.UsesSenderReports ? "sender reports" : track.Clock.FellBack ? "arrival (reports contradict)" : "arrival")
                .Element("td class=\"n\"", Tenth(track.Clock.ResidualMs)).Element("td class=\"n\"", Tenth(track.Clock.SkewPpm)).Element("td class=\"n\"", Whole(track.Clock.SenderReports))
                .Element("td class=\"n\"", participant.AvErrorMs is { } error ? Tenth(error) : "").Markup("</tr>\n");
        }

        html.Markup("</table></div>\n");
    }

    private static void WriteLoss(HtmlText html, QualityReport report)
    {
        (ReportParticipant Participant, ReportTrack Track)[] lossy = [.. Tracks(report).Where(pair => pair.Track.Loss.Bursts > 0)];
        if (lossy.Length == 0)
        {
            return;
        }

        html.Markup("<h2>Bursts of loss, by length in packets</h2>\n<div class=\"card scroll\"><table><tr><th>Participant<th>Track");
        foreach (BurstLengths range in lossy[0].Track.Loss.Lengths)
        {
            html.Element("th class=\"n\"", range.To is null ? $"{range.From} and more" : range.To == range.From ? $"{range.From}" : $"{range.From} to {range.To}");
        }

        html.Markup("<th class=\"n\">In-band FEC not used</tr>\n");
        foreach ((ReportParticipant participant, ReportTrack track) in lossy)
        {
            html.Markup("<tr><td class=\"w\">").Name(NameOf(participant)).Markup("</td>").Element("td", TimelineChart.Label(track));
            foreach (BurstLengths range in track.Loss.Lengths)
            {
                html.Element("td class=\"n\"", Whole(range.Count));
            }

            html.Element("td class=\"n\"", Whole(track.Packets.FecUnused)).Markup("</tr>\n");
        }

        html.Markup("</table></div>\n");
    }

    private static void WritePolicy(HtmlText html, QualityReport report)
    {
        if (report.Policy.Count == 0)
        {
            return;
        }

        html.Markup("<h2>Policy</h2>\n<div class=\"card scroll\"><table>");
        foreach (ReportDecision decision in report.Policy)
        {
            html.Markup("<tr>").Element("td class=\"n\"", decision.T < 0 ? "before" : TimelineChart.Clock(decision.T)).Element("td class=\"w\"", decision.Text).Markup("</tr>");
        }

        html.Markup("</table></div>\n");
    }

    private static void WriteFiles(HtmlText html, QualityReport report)
    {
        html.Markup("<h2>Files</h2>\n<div class=\"card scroll\"><table>");
        foreach (ReportFile file in report.Files)
        {
            html.Markup("<tr><td class=\"w path\">").Name(file.File).Markup("</td>")
                .Element(file.State is "ok" or "unlisted" ? "td" : "td class=\"bad\"", file.State == "ok" ? "as it was stored" : file.State == "unlisted" ? "no hash known" : file.State)
                .Element("td class=\"w soft\"", file.Detail).Markup("</tr>");
        }

        html.Markup("</table></div>\n");
    }

    private static IEnumerable<(ReportParticipant Participant, ReportTrack Track)> Tracks(QualityReport report) =>
        report.Participants.SelectMany(participant => participant.Tracks.Select(track => (participant, track)));

    private static string NameOf(ReportParticipant participant) => participant.DisplayName.Length > 0 ? participant.DisplayName : participant.PeerId;

    private static string Whole(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Tenth(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}

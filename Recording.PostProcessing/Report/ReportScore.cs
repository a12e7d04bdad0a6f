using System.Globalization;

namespace Recording.PostProcessing.Report;

/// <summary>The rules of the score (docs/quality-report.md): what each fault costs, and how it is said.</summary>
internal static class ReportScore
{
    private const double MajorPoints = 10;

    /// <summary>The report with scores and findings.</summary>
    public static QualityReport Judge(QualityReport report)
    {
        List<ReportFinding> findings = [];
        List<ReportParticipant> participants = [];
        foreach (ReportParticipant participant in report.Participants)
        {
            List<ReportTrack> tracks = [];
            foreach (ReportTrack track in participant.Tracks)
            {
                List<ReportFinding> own = [.. Faults(report, track).Select(fault => fault with { ParticipantId = participant.PeerId, TrackId = track.TrackId })];
                if (participant.AvErrorMs > 40 && track.Kind == "audio")
                {
                    own.Add(Fault(participant.AvErrorMs > 80 ? 20 : 10, $"Sound and picture may be apart by {Number(participant.AvErrorMs.Value)} ms: the clock readings scatter that much")
                        with
                    { ParticipantId = participant.PeerId, TrackId = track.TrackId });
                }

                tracks.Add(track with { Score = (int)Math.Round(Math.Clamp(100 - own.Sum(finding => finding.Points), 0, 100)) });
                findings.AddRange(own);
            }

            participants.Add(participant with { Tracks = tracks });
        }

        List<ReportFinding> whole = [.. Faults(report)];
        findings.AddRange(whole);
        ReportTrack[] all = [.. participants.SelectMany(participant => participant.Tracks)];
        double weight = all.Sum(Weight);
        double mean = all.Length == 0 ? 0 : all.Sum(track => track.Score * Weight(track)) / weight;
        int score = (int)Math.Round(Math.Clamp(mean - whole.Sum(finding => finding.Points), 0, 100));
        if (findings.Count == 0)
        {
            findings.Add(new ReportFinding { Severity = "info", Text = "Nothing was lost, held up or frozen." });
        }

        return report with { Participants = participants, Score = score, Findings = [.. findings.OrderByDescending(finding => finding.Points)] };
    }

    // A track without packets has no length and still counts: it was meant to be there.
    private static double Weight(ReportTrack track) => Math.Max(1, track.DurationMs / 1000.0);

    private static IEnumerable<ReportFinding> Faults(QualityReport report)
    {
        if (report.Participants.All(participant => participant.Tracks.Count == 0))
        {
            yield return Fault(0, "No track was recorded");
        }

        if (report.Recording.Status is "interrupted" or "failed")
        {
            yield return Fault(5, $"The recording was {report.Recording.Status}{(report.Recording.EndedReason is { Length: > 0 } reason ? $": {reason}" : "")}");
        }

        if (report.LinkCuts.Count > 0)
        {
            yield return Fault(0, $"The link to the SFU was down {Times(report.LinkCuts.Count)}, {Seconds(report.LinkCuts.Sum(cut => cut.DurationMs))} in all");
        }

        if (report.Pauses.Count > 0)
        {
            yield return Fault(0, $"The recording was paused {Times(report.Pauses.Count)}, {Seconds(report.Pauses.Sum(pause => pause.DurationMs))} in all");
        }
    }

    private static IEnumerable<ReportFinding> Faults(QualityReport report, ReportTrack track)
    {
        if (track.Problem is not null)
        {
            yield return Fault(100, $"There is nothing to judge: {track.Problem}");
            yield break;
        }

        if (report.Files.Any(file => file.File == track.File && file.State == "changed"))
        {
            yield return Fault(30, "The file is not the one that was stored: its hash differs");
        }

        if (track.DamagedStretches > 0)
        {
            yield return Fault(15, $"The file is damaged and was read around it {Times(track.DamagedStretches)}");
        }

        double share = track.Packets.Expected == 0 ? 0 : (double)track.Packets.Lost / track.Packets.Expected;
        bool isAudio = track.Kind == "audio";

        // Tones and comfort noise are raw too: a track that is nothing else is not heard.
        if (isAudio && track.Packets.Media > 0 && track.Packets.RawOnly == track.Packets.Media)
        {
            yield return Fault(60, $"No sound can be heard: its codec {track.Codec} is kept raw only");
        }

        if (track.Packets.OtherCodec > 0)
        {
            yield return Fault(60.0 * track.Packets.OtherCodec / track.Packets.Media, $"{Packets(track.Packets.OtherCodec)} in another codec than {track.Codec}, kept raw only: a file has one codec");
        }

        if (track.Packets.Undecodable > 0)
        {
            double broken = (double)track.Packets.Undecodable / track.Packets.Media;
            yield return Fault(Math.Min(isAudio ? 40 : 10, broken * (isAudio ? 400 : 100)), $"{Packets(track.Packets.Undecodable)} of what {track.Codec} does not allow: no output has them");
        }

        if (track.Packets.Lost > 0)
        {
            string lost = $"{Packets(track.Packets.Lost)} ({Number(share * 100)} %) never came, {(track.Loss.Bursts == 1 ? "all in one burst" : $"in {track.Loss.Bursts} bursts, the longest of {track.Loss.Longest}")}";
            double burst = !isAudio ? 0 : track.Loss.Longest >= 50 ? 10 : track.Loss.Longest >= 10 ? 5 : 0;
            yield return Fault(Math.Min(isAudio ? 40 : 10, share * (isAudio ? 400 : 100)) + burst, lost);
        }

        if (track.Packets.FecUnused > 0)
        {
            yield return Fault(0, $"Of the lost, {Packets(track.Packets.FecUnused)} {(track.Packets.FecUnused == 1 ? "is" : "are")} held by the in-band FEC of the next packet, which is kept but not decoded: what is composed has a gap there");
        }

        double length = Math.Max(1, track.DurationMs);
        if (track.Gaps.LinkMs > 0)
        {
            yield return Fault(Math.Min(40, 200 * track.Gaps.LinkMs / length), $"{Seconds(track.Gaps.LinkMs)} are missing between SFU and recorder");
        }

        if (track.Gaps.StalledMs > 0)
        {
            yield return Fault(Math.Min(5, 20 * track.Gaps.StalledMs / length), $"The network held packets up for {Seconds(track.Gaps.StalledMs)}; all of them came");
        }

        if (track.Jitter.P95Ms > 30)
        {
            yield return Fault(track.Jitter.P95Ms > 100 ? 8 : 3, $"Packets came unevenly: jitter {Number(track.Jitter.P95Ms)} ms (95 % of the time less)");
        }

        if (track.Clock.FellBack)
        {
            yield return Fault(5, "The sender reports contradict those of the participant's other tracks: placed by arrival times");
        }

        if (Math.Abs(track.Clock.SkewPpm) > 300)
        {
            yield return Fault(3, $"The clock runs {Number(track.Clock.SkewPpm)} ppm off the recording's; it is corrected for");
        }

        if (track.Picture is { } picture)
        {
            foreach (ReportFinding fault in Faults(picture, length))
            {
                yield return fault;
            }
        }

        foreach ((long ms, string text) in new[]
        {
            (track.Gaps.MutedMs, "muted"), (track.Gaps.SilentMs, "sending silence only (muted in the browser, or nobody near)"),
            (track.Gaps.DtxMs, "not sending because nothing was to be heard (DTX)"), (track.Gaps.StoppedMs, "sending nothing (device taken away, or sender stood still)"),
        })
        {
            if (ms >= 1000)
            {
                yield return Fault(0, $"For {Seconds(ms)} {text}");
            }
        }
    }

    private static IEnumerable<ReportFinding> Faults(PictureFigures picture, double length)
    {
        if (picture.FirstKeyframeWaitMs is null)
        {
            yield return Fault(picture.Frames == 0 ? 60 : 0, "No picture can be shown: no key frame came, or the codec is kept raw only");
        }
        else if (picture.FirstKeyframeWaitMs > 1000)
        {
            yield return Fault(picture.FirstKeyframeWaitMs > 5000 ? 10 : 3, $"The first picture came {Seconds(picture.FirstKeyframeWaitMs.Value)} after the first packet: the sender was slow to make a key frame");
        }

        if (picture.Freezes > 0)
        {
            yield return Fault(
                Math.Min(40, 300 * picture.FrozenMs / length),
                $"The picture stood still {Times(picture.Freezes)}, {Seconds(picture.FrozenMs)} in all, {Seconds(picture.LongestFreezeMs)} at most");
        }

        if (picture.LongestKeyframeWaitMs > 2000)
        {
            yield return Fault(5, $"After a loss the next key frame took {Seconds(picture.LongestKeyframeWaitMs)}");
        }
    }

    private static ReportFinding Fault(double points, string text) => new()
    {
        Severity = points >= MajorPoints ? "major" : points > 0 ? "minor" : "info",
        Text = text,
        Points = Math.Round(points, 1),
    };

    private static string Seconds(double ms) => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000:0.##} s");

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Packets(long count) => count == 1 ? "1 packet" : string.Create(CultureInfo.InvariantCulture, $"{count} packets");

    private static string Times(long count) => count == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{count} times");
}

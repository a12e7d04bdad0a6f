using System.Globalization;
using System.Security.Cryptography;
using Recording.Media.Clocks;
using Recording.Model;
using Recording.Model.Documents;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Report;

/// <summary>Makes the quality report of a recording from what is stored: documents and track files, nothing else.</summary>
/// <param name="files">The recording.</param>
public sealed class RecordingReporter(IRecordingFiles files)
{
    /// <summary>Reads everything and judges it. A track that is missing or damaged is a finding, not an error.</summary>
    /// <param name="scratch">Where track files are fetched to; emptied as it goes on.</param>
    /// <param name="progress">0..1; null = nobody asks.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RecordingException">4004: there is no metadata.json. 4005: a document cannot be read.</exception>
    public async Task<QualityReport> ReportAsync(DirectoryInfo scratch, IProgress<double>? progress = null, CancellationToken cancellationToken = default)
    {
        byte[] json = await files.ReadAsync(RecordingDocument.MetadataFile, cancellationToken)
            ?? throw new RecordingException(RecordingErrorCode.NotFound, $"the recording has no {RecordingDocument.MetadataFile}");
        MetadataDocument metadata = RecordingDocument.ReadMetadata(json);
        byte[]? timelineJson = await files.ReadAsync(RecordingDocument.TimelineFile, cancellationToken);
        TimelineSection timeline = timelineJson is null ? metadata.Timeline : RecordingDocument.ReadTimeline(timelineJson).Timeline;
        byte[]? policyJson = await files.ReadAsync(RecordingDocument.PolicyFile, cancellationToken);
        PolicyDocument? policy = policyJson is null ? null : RecordingDocument.ReadPolicy(policyJson);

        var context = new Context(metadata, [.. timeline.Events.OrderBy(entry => entry.TimeUs)], DocumentTime.ToMicroseconds(timeline.Origin));
        List<ReportFile> hashes = [];
        List<ReportParticipant> participants = [];
        foreach (ParticipantSection participant in metadata.Participants)
        {
            participants.Add(await ReadParticipantAsync(context, participant, hashes, scratch, cancellationToken));
            progress?.Report((double)participants.Count / metadata.Participants.Count);
        }

        long durationMs = context.DurationUs > 0
            ? context.DurationUs / 1000
            : participants.SelectMany(participant => participant.Tracks).Select(track => track.T + track.DurationMs).DefaultIfEmpty(0).Max();
        QualityReport report = new()
        {
            Recording = new ReportRecording
            {
                RecordingId = metadata.Recording.RecordingId,
                RoomId = metadata.Room.RoomId,
                RoomName = metadata.Room.RoomName,
                Status = metadata.Status,
                Origin = timeline.Origin,
                DurationMs = durationMs,
                EndedReason = metadata.Recording.EndedReason,
            },
            Participants = participants,
            Speakers = Speakers(context, durationMs),
            Pauses = Spans(context.Paused(durationMs * 1000)),
            LinkCuts = Spans(context.Cut(durationMs * 1000)),
            Policy = PolicyDecisions.Of(policy, context.Events, context.OriginUs),
            Files = hashes,
        };
        return ReportScore.Judge(report);
    }

    private async Task<ReportParticipant> ReadParticipantAsync(
        Context context, ParticipantSection participant, List<ReportFile> hashes, DirectoryInfo scratch, CancellationToken cancellationToken)
    {
        List<(RecordedTrack Track, FileInfo File)> fetched = [];
        Dictionary<string, string> problems = new(StringComparer.Ordinal);
        foreach (RecordedTrack track in participant.Tracks)
        {
            if (track.File is null)
            {
                problems[track.TrackId] = "nothing of it was stored";
                continue;
            }

            var local = new FileInfo(Path.Combine(scratch.FullName, string.Create(CultureInfo.InvariantCulture, $"report-{fetched.Count}.rtp")));
            try
            {
                await files.FetchAsync(track.File, local, cancellationToken);
                fetched.Add((track, local));
                hashes.Add(await CheckAsync(track, local, cancellationToken));
            }
            catch (RecordingException exception) when (exception.Code is RecordingErrorCode.NotFound or RecordingErrorCode.ProtocolViolation)
            {
                problems[track.TrackId] = "its file is missing";
                hashes.Add(new ReportFile { File = track.File, State = "missing", Detail = exception.Code == RecordingErrorCode.NotFound ? "" : exception.Message });
            }
        }

        Dictionary<string, ReportTrack> analyzed = await Task.Run(() => Analyze(context, fetched, cancellationToken), cancellationToken);
        foreach ((_, FileInfo file) in fetched)
        {
            file.Delete();
        }

        List<ReportTrack> tracks = [];
        foreach (RecordedTrack track in participant.Tracks)
        {
            tracks.Add(analyzed.TryGetValue(track.TrackId, out ReportTrack? done)
                ? done
                : new ReportTrack
                {
                    TrackId = track.TrackId,
                    Kind = track.Kind,
                    TrackType = track.TrackType,
                    Codec = track.Codec,
                    File = track.File,
                    T = (DocumentTime.ToMicroseconds(track.StartedAt) - context.OriginUs) / 1000,
                    Problem = problems.GetValueOrDefault(track.TrackId, "it could not be read"),
                });
        }

        return new ReportParticipant
        {
            PeerId = participant.PeerId,
            DisplayName = participant.DisplayName,
            AvErrorMs = AvError(tracks),
            Tracks = tracks,
        };
    }

    private static async Task<ReportFile> CheckAsync(RecordedTrack track, FileInfo local, CancellationToken cancellationToken)
    {
        string found;
        await using (FileStream content = local.OpenRead())
        {
            found = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
        }

        return track.Sha256 is null ? new ReportFile { File = track.File!, State = "unlisted", Detail = $"sha256 {found}" }
            : string.Equals(track.Sha256, found, StringComparison.OrdinalIgnoreCase) ? new ReportFile { File = track.File!, State = "ok" }
            : new ReportFile { File = track.File!, State = "changed", Detail = $"sha256 {track.Sha256} expected, {found} found" };
    }

    private static Dictionary<string, ReportTrack> Analyze(Context context, List<(RecordedTrack Track, FileInfo File)> fetched, CancellationToken cancellationToken)
    {
        ParticipantClockEstimator estimator = new();
        foreach ((RecordedTrack track, FileInfo file) in fetched)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using FileStream stream = Open(file);
            estimator.AddTrack(track.TrackId, stream);
        }

        ParticipantClock clocks = estimator.Estimate();
        Dictionary<string, ReportTrack> reports = new(StringComparer.Ordinal);
        foreach ((RecordedTrack track, FileInfo file) in fetched)
        {
            using FileStream first = Open(file);
            TrackSurvey survey = TrackSurvey.Read(first, cancellationToken);
            using FileStream second = Open(file);
            TrackAnalysis analysis = TrackAnalysis.Read(second, clocks[track.TrackId], context.StatesOf(track), context.OriginUs, track.Kind == "audio", cancellationToken);
            reports[track.TrackId] = Describe(context, track, clocks[track.TrackId], survey, analysis);
        }

        return reports;
    }

    private static ReportTrack Describe(Context context, RecordedTrack track, TrackClock clock, TrackSurvey survey, TrackAnalysis analysis)
    {
        foreach ((long startUs, long endUs) in survey.Silences)
        {
            analysis.Gaps.Add((startUs - context.OriginUs) / 1000, (endUs - startUs) / 1000, GapKinds.Silent);
        }

        Media.Playback.PlaybackCounters counters = analysis.Counters;
        long firstUs = analysis.FirstUs ?? DocumentTime.ToMicroseconds(track.StartedAt) - context.OriginUs;
        long durationUs = analysis.FirstUs is null ? 0 : Math.Max(0, analysis.LastUs - firstUs);
        return new ReportTrack
        {
            TrackId = track.TrackId,
            Kind = track.Kind,
            TrackType = track.TrackType,
            Codec = clock.Codec.Length > 0 ? clock.Codec : analysis.Codec.Length > 0 ? analysis.Codec : track.Codec,
            File = track.File,
            Problem = analysis.FirstUs is null ? "it holds no media packet" : null,
            T = firstUs / 1000,
            DurationMs = durationUs / 1000,
            Packets = new PacketFigures
            {
                Received = survey.Packets,
                Media = counters.Packets,
                Expected = counters.Packets + analysis.Lost,
                Lost = analysis.Lost,
                Missed = analysis.Missed,
                LossPercent = counters.Packets + analysis.Lost == 0 ? 0 : Math.Round(100.0 * analysis.Lost / (counters.Packets + analysis.Lost), 3),
                Recovered = counters.Recovered,
                Duplicates = counters.Duplicates,
                Reordered = counters.Reordered,
                Late = counters.Late + track.Late,
                InbandFec = analysis.InbandFec,
                FecUnused = analysis.FecUnused,
                Protection = survey.Protection,
                PaddingOnly = counters.PaddingOnly,
                Probes = counters.Probes,
                RawOnly = analysis.RawOnly,
                OtherCodec = analysis.OtherCodec,
                Undecodable = analysis.Undecodable,
                Malformed = counters.Malformed + counters.Conflicts,
            },
            Loss = analysis.Bursts.Figures(),
            Jitter = survey.Jitter,
            Bitrate = survey.Rate.Figures(context.OriginUs, durationUs),
            Gaps = analysis.Gaps.Figures(),
            Picture = analysis.Pictures,
            Clock = new ClockFigures
            {
                UsesSenderReports = clock.UsesSenderReports,
                FellBack = clock.FellBackToArrival,
                ResidualMs = Math.Round(clock.ResidualMs, 2),
                SkewPpm = Math.Round(clock.SkewPpm, 1),
                SenderReports = counters.SenderReports,
                RejectedReports = clock.RejectedReports,
                Resets = counters.SourceResets,
            },
            Layers = survey.Layers,
            DamagedStretches = survey.DamageCount,
        };
    }

    // Microphone against camera, and a shared screen's sound against its pictures, may each be off by both clocks' residuals.
    private static double? AvError(List<ReportTrack> tracks)
    {
        double? sound = Worst(tracks, "audio");
        double? picture = Worst(tracks, "video");
        return sound is null || picture is null ? null : Math.Round(sound.Value + picture.Value, 1);
    }

    private static double? Worst(List<ReportTrack> tracks, string kind) =>
        tracks.Where(track => track.Kind == kind && track.Problem is null).Select(track => (double?)track.Clock.ResidualMs).Max();

    private static List<ReportSpeech> Speakers(Context context, long durationMs)
    {
        List<ReportSpeech> speeches = [];
        foreach (TimelineEntry entry in context.Events.Where(entry => entry.Type == "active_speaker"))
        {
            long at = (entry.TimeUs - context.OriginUs) / 1000;
            if (speeches.Count > 0)
            {
                ReportSpeech before = speeches[^1];
                if (before.PeerId == entry.PeerId)
                {
                    continue;
                }

                speeches[^1] = before with { DurationMs = Math.Max(0, at - before.T) };
            }

            speeches.Add(new ReportSpeech { T = at, DurationMs = Math.Max(0, durationMs - at), PeerId = entry.PeerId ?? "" });
        }

        return [.. speeches.Where(speech => speech is { PeerId.Length: > 0, DurationMs: > 0 })];
    }

    private static List<ReportSpan> Spans(IReadOnlyList<TimeInterval> intervals) =>
        [.. intervals.Select(interval => new ReportSpan { T = interval.StartUs / 1000, DurationMs = interval.LengthUs / 1000 })];

    private static FileStream Open(FileInfo file) => new(
        file.FullName, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = 1 << 16, Options = FileOptions.SequentialScan });

    private sealed record Context(MetadataDocument Metadata, IReadOnlyList<TimelineEntry> Events, long OriginUs)
    {
        public long DurationUs => Metadata.Room is { StartedAt: { } started, EndedAt: { } ended }
            ? Math.Max(0, DocumentTime.ToMicroseconds(ended) - DocumentTime.ToMicroseconds(started))
            : 0;

        public IReadOnlyList<TimeInterval> Paused(long durationUs) => EventSpans.Between(Events, "recording_paused", "recording_resumed", OriginUs, durationUs);

        public IReadOnlyList<TimeInterval> Cut(long durationUs) => EventSpans.Between(Events, "link_lost", "link_restored", OriginUs, durationUs);

        public TrackStates StatesOf(RecordedTrack track)
        {
            long lengthUs = DurationUs > 0 ? DurationUs : long.MaxValue / 4;
            IEnumerable<TimelineEntry> own = Events.Where(entry =>
                entry.TrackId is { } id ? id == track.TrackId : entry.ProducerId is { Length: > 0 } producer && producer == track.ProducerId);
            return new TrackStates(
                track.IsScreenshare || track.TrackType == "screenshare",
                EventSpans.Between(own, "producer_paused", "producer_resumed", OriginUs, lengthUs),
                Paused(lengthUs),
                Cut(lengthUs));
        }
    }
}

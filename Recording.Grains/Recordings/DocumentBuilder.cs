using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Recordings.State;
using Recording.Model;
using Recording.Model.Documents;

namespace Recording.Grains.Recordings;

/// <summary>The three documents, from the state and the events alone.</summary>
internal sealed class DocumentBuilder(RecordingState state, IReadOnlyList<TimelineEvent> events, string serviceVersion)
{
    private const double MicrosecondsPerSecond = 1_000_000;
    private const long MicrosecondsPerMillisecond = 1_000;

    private readonly RecordingOpening _opening = state.Opening!;
    private readonly long _originUs = RecordingLifecycle.OriginUs(state);

    /// <summary>timeline.json.</summary>
    public TimelineDocument Timeline() => new()
    {
        RecordingId = _opening.RecordingId,
        RoomId = _opening.RoomId,
        Timeline = new TimelineSection { Origin = DocumentTime.FromMicroseconds(_originUs), Events = [.. events.Select(e => new TimelineEntry(e, _originUs))] },
    };

    /// <summary>policy.json.</summary>
    public PolicyDocument Policy()
    {
        var known = state.Room.Policies;
        return new PolicyDocument
        {
            RecordingId = _opening.RecordingId,
            RoomId = _opening.RoomId,
            AtStart = known.Length > 0 ? InForce(known[0]) : InForce(new PolicyChange(_opening.RequestedAtUs, "default", _opening.Policy)),
            Changes = [.. known.Skip(1).Select(InForce)],
        };
    }

    /// <summary>metadata.json.</summary>
    /// <param name="figures">Live counters by track id, of tracks that are not assembled.</param>
    public MetadataDocument Metadata(IReadOnlyDictionary<string, TrackFigures> figures)
    {
        var endedAtUs = state.EndedAtUs;
        return new MetadataDocument
        {
            Status = StatusName(state.Status),
            DeletedAt = DocumentTime.FromMicrosecondsOrNull(state.DeletedAtUs),
            DeletedBy = state.DeletedBy.Length == 0 ? null : state.DeletedBy,
            LegalHold = state.LegalHold ? true : null,
            Room = new RoomSection
            {
                RoomId = _opening.RoomId,
                RoomName = state.Room.RoomName,
                HostId = state.Room.HostId,
                MeetingType = state.Room.MeetingType,
                StartedAt = DocumentTime.FromMicrosecondsOrNull(state.StartedAtUs),
                EndedAt = DocumentTime.FromMicrosecondsOrNull(endedAtUs),
                DurationSeconds = endedAtUs == 0 || state.StartedAtUs == 0 ? null : (endedAtUs - state.StartedAtUs) / MicrosecondsPerSecond,
            },
            PolicySnapshot = PolicySnapshot.From(RecordingLifecycle.NewestPolicy(state)),
            Participants = Participants(figures),
            Timeline = new TimelineSection
            {
                Origin = DocumentTime.FromMicroseconds(_originUs),
                Events = [.. events.Where(static e => e.Type is not ("active_speaker" or "producer_quality")).Select(e => new TimelineEntry(e, _originUs))],
            },
            Recording = new RecordingSection
            {
                RecordingId = _opening.RecordingId,
                StartedBy = _opening.Requester.Id,
                ServiceVersion = serviceVersion,
                RequestedAt = DocumentTime.FromMicroseconds(_opening.RequestedAtUs),
                EndedReason = state.Stop?.Reason,
                EndedBy = string.IsNullOrEmpty(state.Stop?.RequesterId) ? null : state.Stop.RequesterId,
                ErrorCode = state.Stop is { Code: not RecordingErrorCode.None } stop ? (int)stop.Code : null,
                TerminalEventId = state.TerminalEventId,
                JobIds = state.JobIds,
            },
            Outputs = state.DeletedAtUs > 0 ? [] : [.. state.Outputs.Select(Output)],
            Integrity = new IntegritySection { Files = [.. Files().OrderBy(static f => f.File, StringComparer.Ordinal)] },
        };
    }

    private static string StatusName(RecordingStatus status) => status switch
    {
        RecordingStatus.Completed => "completed",
        RecordingStatus.Interrupted => "interrupted",
        RecordingStatus.Failed => "failed",
        _ => "recording",
    };

    private static OutputSection Output(RecordingOutput output) => new()
    {
        File = output.File,
        Kind = output.Kind,
        Bytes = output.Bytes,
        DurationSeconds = output.DurationSeconds,
        Sha256 = output.Sha256.Length == 0 ? null : output.Sha256,
        JobId = output.JobId.Length == 0 ? null : output.JobId,
        Parts = output.Parts.Length == 0 ? null : [.. output.Parts.Select(static part => new OutputPartSection { Name = part.Name, Bytes = part.Bytes })],
    };

    private IEnumerable<FileHash> Files()
    {
        if (state.DeletedAtUs > 0)
        {
            yield break;
        }

        foreach (var document in state.Documents)
        {
            yield return document;
        }

        foreach (var track in state.Tracks)
        {
            if (track.Assembled is { } assembled)
            {
                yield return new FileHash { File = track.File, Bytes = assembled.Size, Sha256 = assembled.Sha256 };
            }
        }

        foreach (var (file, bytes, sha256) in state.Outputs.SelectMany(static o => o.Files()))
        {
            if (sha256.Length > 0)
            {
                yield return new FileHash { File = file, Bytes = bytes, Sha256 = sha256 };
            }
        }
    }

    private PolicyInForce InForce(PolicyChange change) => new()
    {
        T = DocumentTime.MillisecondsFrom(_originUs, change.TimeUs),
        Time = DocumentTime.FromMicroseconds(change.TimeUs),
        Source = change.Source,
        Policy = RoomPolicyDocument.From(change.Policy),
    };

    private List<ParticipantSection> Participants(IReadOnlyDictionary<string, TrackFigures> figures)
    {
        var tracks = state.Tracks.ToLookup(static t => t.Registration.ParticipantId, StringComparer.Ordinal);
        List<ParticipantSection> participants = [];
        HashSet<string> known = new(StringComparer.Ordinal);
        foreach (var facts in state.Room.Participants)
        {
            if (known.Add(facts.PeerId))
            {
                participants.Add(new ParticipantSection
                {
                    PeerId = facts.PeerId,
                    DisplayName = facts.DisplayName,
                    JoinedAt = DocumentTime.FromMicrosecondsOrNull(facts.JoinedAtUs),
                    LeftAt = DocumentTime.FromMicrosecondsOrNull(facts.LeftAtUs),
                    IsHost = facts.IsHost,
                    IsCoHost = facts.IsCoHost,
                    IsPanelist = facts.IsPanelist,
                    DeviceFlag = facts.DeviceFlag.Length == 0 ? null : facts.DeviceFlag,
                    Tracks = [.. tracks[facts.PeerId].Select(t => Track(t, figures))],
                });
            }
        }

        // A track whose owner was never announced still belongs to somebody.
        foreach (var group in tracks.Where(g => known.Add(g.Key)))
        {
            participants.Add(new ParticipantSection
            {
                PeerId = group.Key,
                DisplayName = group.First().Registration.Producer.DisplayName,
                Tracks = [.. group.Select(t => Track(t, figures))],
            });
        }

        return participants;
    }

    private RecordedTrack Track(TrackState track, IReadOnlyDictionary<string, TrackFigures> figures)
    {
        var registration = track.Registration;
        var common = new RecordedTrack
        {
            TrackId = track.TrackId,
            Kind = registration.Producer.Kind,
            TrackType = registration.Producer.TrackType,
            Codec = registration.Producer.Codec,
            StartedAt = DocumentTime.FromMicroseconds(registration.StartedAtUs),
            ProducerId = registration.Producer.ProducerId,
            PeerId = registration.Producer.PeerId,
            IsScreenshare = registration.Producer.IsScreenshare || registration.Producer.TrackType == "screenshare"
                || registration.Producer.PeerId.StartsWith("sharescreen_", StringComparison.Ordinal),
            ErrorCode = track.ErrorCode == 0 ? null : track.ErrorCode,
            Gaps = [.. track.KnownGaps.Select(Gap)],
        };
        if (track.Assembled is { } final)
        {
            return common with
            {
                Codec = MediaCodec(final, registration.Producer.Codec),
                File = state.DeletedAtUs > 0 ? null : track.File,
                EndedAt = DocumentTime.FromMicrosecondsOrNull(final.LastTimeUs) ?? DocumentTime.FromMicrosecondsOrNull(state.EndedAtUs),
                Bytes = final.Size,
                Figures = RecordedTrack.FinalFigures,
                PayloadTypes = final.PayloadTypes,
                Ssrcs = final.Ssrcs,
                Packets = final.Packets,
                Lost = final.Lost,
                Duplicates = final.Duplicates,
                Reordered = final.Reordered,
                Late = final.Late,
                JitterMs = final.JitterMs,
                BitrateBps = final.BitrateBps,
                Keyframes = final.Keyframes,
                Gaps = [.. final.Gaps.Concat(track.KnownGaps).Select(Gap)],
                Paused = [.. final.Paused.Select(Pause)],
                Sha256 = final.Sha256,
            };
        }

        if (track.Phase >= TrackPhase.Assembled)
        {
            // Nothing of it was ever stored.
            return common with { EndedAt = DocumentTime.FromMicrosecondsOrNull(state.EndedAtUs), Figures = RecordedTrack.FinalFigures };
        }

        return figures.TryGetValue(track.TrackId, out var live)
            ? common with
            {
                Bytes = live.Bytes,
                Packets = live.Packets,
                Lost = live.Lost,
                Duplicates = live.Duplicates,
                Reordered = live.Reordered,
                JitterMs = live.JitterMs,
            }
            : common;
    }

    private static string MediaCodec(AssembledTrack final, string announced) =>
        announced.Length > 0 ? announced : final.PayloadTypes.Find(static p => p.Codec is not ("rtx" or "red" or "ulpfec" or "telephone-event"))?.Codec ?? "";

    private GapSection Gap(TrackGap gap) => new()
    {
        T = gap.TimeUs == 0 ? null : DocumentTime.MillisecondsFrom(_originUs, gap.TimeUs),
        DurationMs = gap.DurationUs == 0 ? null : gap.DurationUs / MicrosecondsPerMillisecond,
        Epoch = gap.Epoch?.ToString(System.Globalization.CultureInfo.InvariantCulture),
        FirstIndex = gap.FirstIndex == 0 ? null : gap.FirstIndex,
        LastIndex = gap.LastIndex == 0 ? null : gap.LastIndex,
        Reason = gap.Reason,
    };

    private PauseSection Pause(TrackPause pause) => new()
    {
        T = DocumentTime.MillisecondsFrom(_originUs, pause.FromUs),
        DurationMs = pause.ToUs == 0 ? null : Math.Max(0, pause.ToUs - pause.FromUs) / MicrosecondsPerMillisecond,
        By = pause.By,
    };
}

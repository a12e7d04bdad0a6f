using Recording.Model;
using Recording.Model.Documents;

namespace Recording.PostProcessing.Timeline;

/// <summary>Takes from the stored documents what scenes are made of. Pure.</summary>
public static class RecordedTimelineReader
{
    private static readonly string[] _producerOff = ["producer_paused"];
    private static readonly string[] _producerOn = ["producer_resumed"];
    private static readonly string[] _subscriptionOff = ["track_unsubscribed", "producer_ended"];
    private static readonly string[] _subscriptionOn = ["track_subscribed", "producer_started"];

    /// <summary>Reads the documents of a recording that has ended.</summary>
    /// <param name="metadata">metadata.json.</param>
    /// <param name="timeline">timeline.json; null = use the events in metadata.json.</param>
    /// <exception cref="RecordingException">2004: it has not ended, or never began.</exception>
    public static RecordedTimeline Read(MetadataDocument metadata, TimelineDocument? timeline = null)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        TimelineSection section = timeline?.Timeline ?? metadata.Timeline;
        long originUs = DocumentTime.ToMicroseconds(section.Origin);
        long durationUs = DurationUs(metadata);
        var whole = new TimeInterval(0, durationUs);
        List<TimelineEntry> events = [.. section.Events.OrderBy(entry => entry.TimeUs)];
        return new RecordedTimeline
        {
            RecordingId = metadata.Recording.RecordingId,
            OriginUs = originUs,
            DurationUs = durationUs,
            Pauses = TimeInterval.Union(Off(events, originUs, ["recording_paused"], ["recording_resumed"]), whole),
            Participants = [.. metadata.Participants.Select(participant => Participant(participant, events, originUs, whole))],
            Tracks = [.. metadata.Participants.SelectMany(participant => participant.Tracks
                .Where(track => track.File is not null)
                .Select(track => Track(participant.PeerId, track, events, originUs, whole)))],
            Floor = FloorReader.Read(events, originUs, durationUs),
        };
    }

    private static long DurationUs(MetadataDocument metadata)
    {
        if (metadata.Room is { StartedAt: { } started, EndedAt: { } ended })
        {
            return Math.Max(0, DocumentTime.ToMicroseconds(ended) - DocumentTime.ToMicroseconds(started));
        }

        throw new RecordingException(
            RecordingErrorCode.WrongState,
            $"recording {metadata.Recording.RecordingId} is {metadata.Status} and has no start or end yet: it cannot be composed");
    }

    private static TimelineParticipant Participant(ParticipantSection participant, List<TimelineEntry> events, long originUs, TimeInterval whole)
    {
        long joinedUs = participant.JoinedAt is { } joined
            ? Since(joined, originUs)
            : participant.Tracks.Select(track => Since(track.StartedAt, originUs)).DefaultIfEmpty(whole.EndUs).Min();
        long leftUs = participant.LeftAt is { } left ? Since(left, originUs) : whole.EndUs;

        // Whoever left and came back was away in between; before the first leave and after the last join the documents' times hold.
        List<TimelineEntry> own = [.. events.Where(entry => entry.PeerId == participant.PeerId)];
        IReadOnlyList<TimeInterval> away = TimeInterval.Union(Off(own, originUs, ["peer_left"], ["peer_joined"]), whole);
        return new TimelineParticipant
        {
            ParticipantId = participant.PeerId,
            DisplayName = participant.DisplayName.Length > 0 ? participant.DisplayName : participant.PeerId,
            Present = TimeInterval.Subtract(TimeInterval.Union([new TimeInterval(joinedUs, leftUs)], whole), away),
        };
    }

    private static TimelineTrack Track(string participantId, RecordedTrack track, List<TimelineEntry> events, long originUs, TimeInterval whole)
    {
        long startUs = Since(track.StartedAt, originUs);
        long endUs = track.EndedAt is { } ended ? Since(ended, originUs) : whole.EndUs;
        List<TimelineEntry> own = [.. events.Where(entry => entry.TrackId is { } id ? id == track.TrackId : entry.ProducerId is { Length: > 0 } producer && producer == track.ProducerId)];

        bool isScreenshare = track.IsScreenshare || track.TrackType == "screenshare";
        if (isScreenshare && track.Kind != "audio")
        {
            // A still screen sends nothing for minutes: it is shared until it is taken away, not until its last packet.
            long lastUs = endUs;
            endUs = own.Where(entry => _subscriptionOff.Contains(entry.Type, StringComparer.Ordinal))
                .Select(entry => entry.TimeUs - originUs)
                .Where(offUs => offUs >= startUs)
                .Select(offUs => Math.Max(offUs, lastUs))
                .DefaultIfEmpty(whole.EndUs)
                .Max();
        }

        // What was said before the track began is about an earlier life of its producer, but for a pause, which lasts.
        List<TimelineEntry> later = [.. own.Where(entry => entry.TimeUs - originUs >= startUs)];
        IEnumerable<TimeInterval> holes =
        [
            .. Off(own, originUs, _producerOff, _producerOn),
            .. Off(later, originUs, _subscriptionOff, _subscriptionOn),
            .. track.Paused.Select(pause => new TimeInterval(pause.T * 1000, pause.DurationMs is { } length ? (pause.T + length) * 1000 : whole.EndUs)),
        ];
        return new TimelineTrack
        {
            TrackId = track.TrackId,
            ParticipantId = participantId,
            IsAudio = track.Kind == "audio",
            IsScreenshare = isScreenshare,
            Codec = track.Codec,
            File = track.File ?? "",
            Live = TimeInterval.Subtract(TimeInterval.Union([new TimeInterval(startUs, endUs)], whole), TimeInterval.Union(holes, whole)),
        };
    }

    // From each "off" to the next "on"; to the end when there is none.
    private static List<TimeInterval> Off(List<TimelineEntry> events, long originUs, string[] off, string[] on)
    {
        List<TimeInterval> intervals = [];
        long? since = null;
        foreach (TimelineEntry entry in events)
        {
            if (off.Contains(entry.Type))
            {
                since ??= entry.TimeUs - originUs;
            }
            else if (on.Contains(entry.Type) && since is { } start)
            {
                intervals.Add(new TimeInterval(start, entry.TimeUs - originUs));
                since = null;
            }
        }

        if (since is { } open)
        {
            intervals.Add(new TimeInterval(open, long.MaxValue));
        }

        return intervals;
    }

    private static long Since(DateTimeOffset time, long originUs) => DocumentTime.ToMicroseconds(time) - originUs;
}

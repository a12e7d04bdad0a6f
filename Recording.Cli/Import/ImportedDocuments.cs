using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;
using Recording.Model.Documents;

namespace Recording.Cli.Import;

/// <summary>The three documents of an import: as if a room had been recorded from its first packet to its last.</summary>
internal sealed class ImportedDocuments(string room, string recordingId, string serviceVersion, IReadOnlyList<NamedTrack> tracks, IReadOnlyList<AssemblyResult> files)
{
    private const string Importer = "import";

    private readonly long _originUs = tracks.Min(track => track.Track.FirstUs);
    private readonly long _endUs = tracks.Max(track => track.Track.LastUs);

    private static RecordingPolicy Policy => RecordingPolicy.Default;

    public double DurationSeconds => (_endUs - _originUs) / 1e6;

    public TimelineDocument Timeline() => new() { RecordingId = recordingId, RoomId = room, Timeline = Events() };

    public PolicyDocument PolicyInForce() => new()
    {
        RecordingId = recordingId,
        RoomId = room,
        AtStart = new PolicyInForce { T = 0, Time = Time(_originUs), Source = "default", Policy = RoomPolicyDocument.From(Policy) },
        Changes = [],
    };

    public MetadataDocument Metadata(IEnumerable<FileHash> documents) => new()
    {
        Status = "completed",
        Room = new RoomSection { RoomId = room, StartedAt = Time(_originUs), EndedAt = Time(_endUs), DurationSeconds = DurationSeconds },
        PolicySnapshot = PolicySnapshot.From(Policy),
        Participants = [.. Indexes().GroupBy(i => PeerIdentity.Normalize(tracks[i].PeerId), StringComparer.Ordinal).Select(Participant)],
        Timeline = Events(),
        Recording = new RecordingSection { RecordingId = recordingId, StartedBy = Importer, ServiceVersion = serviceVersion, RequestedAt = Time(_originUs), EndedReason = "stopped", EndedBy = Importer },
        Integrity = new IntegritySection
        {
            Files = [.. documents.Concat(Indexes().Select(i => new FileHash { File = tracks[i].File, Bytes = files[i].Size, Sha256 = files[i].Sha256 })).OrderBy(file => file.File, StringComparer.Ordinal)],
        },
    };

    private static DateTimeOffset Time(long timeUs) => DocumentTime.FromMicroseconds(timeUs);

    private IEnumerable<int> Indexes() => Enumerable.Range(0, tracks.Count);

    private TimelineSection Events()
    {
        var events = new List<TimelineEvent> { new() { TimeUs = _originUs, Type = "recording_started", RequesterId = Importer } };
        foreach (IGrouping<string, NamedTrack> peer in tracks.GroupBy(track => track.PeerId, StringComparer.Ordinal))
        {
            events.Add(new TimelineEvent { TimeUs = peer.Min(track => track.Track.FirstUs), Type = "peer_joined", PeerId = PeerIdentity.Normalize(peer.Key), DisplayName = peer.Key });
        }

        foreach (NamedTrack track in tracks)
        {
            var started = new TimelineEvent
            {
                TimeUs = track.Track.FirstUs,
                Type = "producer_started",
                PeerId = PeerIdentity.Normalize(track.PeerId),
                ProducerId = track.ProducerId,
                TrackId = track.TrackId,
                Kind = track.Track.Kind,
                TrackType = track.TrackType,
            };
            events.AddRange([started, started with { Type = "track_subscribed" }]);
        }

        events.Add(new TimelineEvent { TimeUs = _endUs, Type = "recording_stopped", RequesterId = Importer, Reason = "stopped" });
        return new TimelineSection { Origin = Time(_originUs), Events = [.. events.OrderBy(entry => entry.TimeUs).Select(entry => new TimelineEntry(entry, _originUs))] };
    }

    private ParticipantSection Participant(IGrouping<string, int> peer) => new()
    {
        PeerId = PeerIdentity.Normalize(peer.Key),
        DisplayName = peer.Key,
        JoinedAt = Time(peer.Min(i => tracks[i].Track.FirstUs)),
        Tracks = [.. peer.Select(i => Track(tracks[i], files[i]))],
    };

    private static RecordedTrack Track(NamedTrack track, AssemblyResult file) => new()
    {
        TrackId = track.TrackId,
        Kind = track.Track.Kind,
        TrackType = track.TrackType,
        Codec = track.Track.Codec,
        File = track.File,
        StartedAt = Time(track.Track.FirstUs),
        EndedAt = Time(track.Track.LastUs),
        Bytes = file.Size,
        ProducerId = track.ProducerId,
        PeerId = track.PeerId,
        IsScreenshare = track.Track.IsScreenshare,
        Figures = RecordedTrack.FinalFigures,
        PayloadTypes = [.. file.Format.PayloadTypes.Where(format => format is { Codec.Length: > 0, ClockRate: > 0 }).Select(PayloadType)],
        Ssrcs = file.Ssrcs,
        Packets = file.Packets,
        Lost = file.Lost,
        Duplicates = file.Duplicates,
        Reordered = file.Reordered,
        Late = file.Late,
        JitterMs = file.JitterMs,
        BitrateBps = file.BitrateBps,
        Keyframes = file.Keyframes,
        Sha256 = file.Sha256,
    };

    private static PayloadTypeSection PayloadType(PayloadFormat format) => new()
    {
        Pt = (int)format.Pt,
        Codec = format.Codec,
        ClockRate = (int)Math.Min(format.ClockRate, int.MaxValue),
        Channels = format.Channels == 0 ? null : (int)Math.Min(format.Channels, int.MaxValue),
        Fmtp = format.Fmtp.Length == 0 ? null : format.Fmtp,
        Apt = format.HasApt ? (int)format.Apt : null,
    };
}

using Recording.Protocol.Sfu;
using Recording.Simulator.Impairment;
using Recording.Simulator.Media;
using Recording.Simulator.Replay;

namespace Recording.Simulator.Plans;

/// <summary>Everything that happens at a simulated SFU; the same plan sends the same packets.</summary>
public sealed record SimulationPlan
{
    /// <summary>The rooms.</summary>
    public required IReadOnlyList<PlannedRoom> Rooms { get; init; }

    /// <summary>From which SSRCs, sequence numbers, producer ids and faults are drawn.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The network between participants and the SFU.</summary>
    public ImpairmentOptions Impairment { get; init; } = ImpairmentOptions.None;

    /// <summary>Makes rooms of the same kind.</summary>
    public static SimulationPlan Create(RoomShape shape, int seed = 1, ImpairmentOptions? impairment = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.Rooms, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(shape.Peers, 1);
        return new SimulationPlan
        {
            Rooms = [.. Enumerable.Range(1, shape.Rooms).Select(number => Room(shape, number))],
            Seed = seed,
            Impairment = impairment ?? ImpairmentOptions.None,
        };
    }

    /// <summary>One room in which captured streams are sent again: the first audio and the first video stream are one participant, the second ones the next, ...</summary>
    /// <param name="streams">From <see cref="CaptureReplay"/>.</param>
    /// <param name="roomId">The room's id.</param>
    /// <param name="autoRecord">The policy says that the room records by itself.</param>
    public static SimulationPlan Replay(IReadOnlyList<ReplayStream> streams, string roomId = "replay-1", bool autoRecord = false)
    {
        ArgumentOutOfRangeException.ThrowIfZero(streams.Count);
        var tracks = new SortedDictionary<int, List<PlannedTrack>>();
        foreach (IGrouping<string, ReplayStream> kind in streams.GroupBy(stream => stream.Kind, StringComparer.Ordinal))
        {
            int number = 0;
            foreach (ReplayStream stream in kind)
            {
                var track = new PlannedTrack { Kind = stream.Kind, TrackType = stream.Kind == "audio" ? "mic" : "camera", Media = new TrackMedia.Replayed(stream) };
                if (!tracks.TryGetValue(++number, out List<PlannedTrack>? peer))
                {
                    tracks.Add(number, peer = []);
                }

                peer.Add(track);
            }
        }

        long lastUs = streams.Max(stream => stream.Packets[^1].TimeUs);
        PlannedPeer[] peers = [.. tracks.Select(peer => new PlannedPeer { PeerId = $"peer-{peer.Key}", DisplayName = $"Participant {peer.Key}", IsHost = peer.Key == 1, Tracks = peer.Value })];
        return new SimulationPlan
        {
            Rooms =
            [
                new PlannedRoom
                {
                    RoomId = roomId,
                    Name = "Replay",
                    Duration = TimeSpan.FromMicroseconds(lastUs) + TimeSpan.FromSeconds(1),
                    Peers = peers,
                    Policy = new RecordingPolicy { Enabled = true, WhoCanRecord = "all", WhoCanDownload = "all", AutoRecord = autoRecord, HostId = peers[0].PeerId },
                },
            ],
        };
    }

    private static PlannedRoom Room(RoomShape shape, int number)
    {
        PlannedPeer[] peers = [.. Enumerable.Range(1, shape.Peers).Select(peer => Peer(shape, peer))];
        return new PlannedRoom
        {
            RoomId = $"{shape.RoomPrefix}-{number}",
            Name = $"Room {number}",
            Duration = shape.Duration,
            SpeakerInterval = shape.SpeakerInterval,
            Peers = peers,
            Policy = new RecordingPolicy
            {
                Enabled = true,
                WhoCanRecord = shape.WhoCanRecord,
                WhoCanDownload = "all",
                AutoRecord = shape.AutoRecord,
                HostId = peers[0].PeerId,
            },
        };
    }

    private static PlannedPeer Peer(RoomShape shape, int number)
    {
        TimeSpan join = (number - 1) * shape.JoinInterval;
        bool shares = shape.Share && number == Math.Min(2, shape.Peers);
        TimeSpan shareStart = shape.Duration / 4 > join ? shape.Duration / 4 : join;
        return new PlannedPeer
        {
            PeerId = $"peer-{number}",
            DisplayName = $"Participant {number}",
            IsHost = number == 1,
            Join = join,
            Leave = shape.LeaveBeforeEnd > TimeSpan.Zero && number == shape.Peers && number > 1 ? shape.Duration - shape.LeaveBeforeEnd : null,
            SkewPpm = number % 2 == 1 ? shape.SkewPpm : -shape.SkewPpm,
            Tracks =
            [
                new PlannedTrack { Kind = "audio", TrackType = "mic", Media = Media(shape, number - 1), Start = join },
                new PlannedTrack
                {
                    Kind = "video",
                    TrackType = "camera",
                    Media = Media(shape, number - 1),
                    Start = join,
                    Pauses = shape.Pause && number == 1 ? [new PlannedPause(shape.Duration * 0.4, shape.Duration * 0.6)] : [],
                },
                .. shares
                    ? [new PlannedTrack { Kind = "video", TrackType = "screenshare", Media = Media(shape, MediaPalette.Size - 1), Start = shareStart, Stop = shape.Duration * 0.75 }]
                    : Array.Empty<PlannedTrack>(),
            ],
        };
    }

    private static TrackMedia Media(RoomShape shape, int participant) =>
        shape.Synthetic is { } synthetic ? synthetic : new TrackMedia.Generated(shape.Media ?? new GeneratedMediaSettings(), participant);
}

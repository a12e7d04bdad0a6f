using Recording.Grains.Abstractions.Rooms;
using Recording.Model;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Rooms;

/// <summary>Between the wire's messages and what rooms understand.</summary>
internal static class SfuMapping
{
    private const int MaxScores = 16;

    public static RecordingPolicy? Policy(Wire.RecordingPolicy? policy) => policy is null ? null : new RecordingPolicy
    {
        Enabled = policy.Enabled,
        WhoCanRecord = policy.WhoCanRecord,
        WhoCanDownload = policy.WhoCanDownload,
        AutoRecord = policy.AutoRecord,
        NotifyParticipants = policy.NotifyParticipants,
        RetentionDays = policy.RetentionDays,
        HostId = policy.HostId,
        CoHostIds = [.. policy.CoHostIds],
        PanelistIds = [.. policy.PanelistIds],
        RecordAudio = policy.HasRecordAudio ? policy.RecordAudio : null,
        RecordVideo = policy.HasRecordVideo ? policy.RecordVideo : null,
        RecordScreenshare = policy.HasRecordScreenshare ? policy.RecordScreenshare : null,
        RecordAudioOnly = policy.HasRecordAudioOnly ? policy.RecordAudioOnly : null,
        Outputs = [.. policy.Outputs],
    };

    public static Wire.RecordingPolicy Policy(RecordingPolicy policy)
    {
        var wire = new Wire.RecordingPolicy
        {
            Enabled = policy.Enabled,
            WhoCanRecord = policy.WhoCanRecord,
            WhoCanDownload = policy.WhoCanDownload,
            AutoRecord = policy.AutoRecord,
            NotifyParticipants = policy.NotifyParticipants,
            RetentionDays = policy.RetentionDays,
            HostId = policy.HostId,
            CoHostIds = { policy.CoHostIds },
            PanelistIds = { policy.PanelistIds },
            Outputs = { policy.Outputs },
        };
        if (policy.RecordAudio is { } audio)
        {
            wire.RecordAudio = audio;
        }

        if (policy.RecordVideo is { } video)
        {
            wire.RecordVideo = video;
        }

        if (policy.RecordScreenshare is { } screenshare)
        {
            wire.RecordScreenshare = screenshare;
        }

        if (policy.RecordAudioOnly is { } audioOnly)
        {
            wire.RecordAudioOnly = audioOnly;
        }

        return wire;
    }

    public static RecordingSelection Selection(Wire.RecordingConfig? config) => config is null ? RecordingSelection.ByPolicy : new RecordingSelection
    {
        Audio = config.RecordAudio,
        Video = config.RecordVideo,
        Screenshare = config.RecordScreenshare,
        ParticipantIds = [.. config.ParticipantIds],
        StoragePath = config.StoragePath,
    };

    public static Wire.RecordingConfig Config(RecordingSelection selection)
    {
        // An SFU built from the plan takes false literally: "by policy" is said as everything, and the room filters subscriptions.
        bool byPolicy = !selection.Audio && !selection.Video && !selection.Screenshare;
        return new Wire.RecordingConfig
        {
            RecordAudio = byPolicy || selection.Audio,
            RecordVideo = byPolicy || selection.Video,
            RecordScreenshare = byPolicy || selection.Screenshare,
            ParticipantIds = { selection.ParticipantIds },
            StoragePath = selection.StoragePath,
        };
    }

    public static ProducerDescription Producer(Wire.TrackInfo info) => new()
    {
        ProducerId = info.ProducerId,
        PeerId = info.PeerId,
        Kind = Kind(info.Kind),
        TrackType = info.TrackType,
        Codec = info.Codec,
        DisplayName = info.DisplayName,
        IsScreenshare = info.IsScreenshare,
    };

    public static ProducerDescription Producer(Wire.ProducerCreated producer) => new()
    {
        ProducerId = producer.ProducerId,
        PeerId = producer.PeerId,
        Kind = Kind(producer.Kind),
        TrackType = producer.TrackType,
        Codec = producer.Codec,
        DisplayName = producer.DisplayName,
        IsScreenshare = producer.IsScreenshare,
    };

    /// <summary>The event for a room; null when its kind is not known (a later protocol's).</summary>
    /// <param name="wire">As it came.</param>
    /// <param name="nowUs">Now on the SFU's clock, where the event has no time.</param>
    public static RoomEvent? Event(Wire.RecordingRoomEvent wire, long nowUs)
    {
        long envelope = UnixTime.FromWire(wire.Timestamp);
        long Time(long inner) => UnixTime.FromWire(inner) is var us and not 0 ? us : envelope != 0 ? envelope : nowUs;
        RoomEvent? mapped = wire.EventCase switch
        {
            Wire.RecordingRoomEvent.EventOneofCase.RoomCreated => Created(wire.RoomCreated, Time(wire.RoomCreated.Timestamp)),
            Wire.RecordingRoomEvent.EventOneofCase.RoomClosed => new RoomClosed { TimeUs = Time(wire.RoomClosed.Timestamp), Reason = wire.RoomClosed.Reason },
            Wire.RecordingRoomEvent.EventOneofCase.RoomPolicyUpdated => new PolicyUpdated
            {
                TimeUs = Time(wire.RoomPolicyUpdated.Timestamp),
                Policy = Policy(wire.RoomPolicyUpdated.Policy ?? new Wire.RecordingPolicy())!,
            },
            Wire.RecordingRoomEvent.EventOneofCase.PeerJoined => Joined(wire.PeerJoined, Time(wire.PeerJoined.Timestamp)),
            Wire.RecordingRoomEvent.EventOneofCase.PeerLeft => new PeerLeft { TimeUs = Time(wire.PeerLeft.Timestamp), PeerId = wire.PeerLeft.PeerId, Reason = wire.PeerLeft.Reason },
            Wire.RecordingRoomEvent.EventOneofCase.ProducerCreated => new ProducerCreated { TimeUs = Time(wire.ProducerCreated.Timestamp), Producer = Producer(wire.ProducerCreated) },
            Wire.RecordingRoomEvent.EventOneofCase.ProducerClosed => new ProducerClosed
            {
                TimeUs = Time(wire.ProducerClosed.Timestamp),
                ProducerId = wire.ProducerClosed.ProducerId,
                Reason = wire.ProducerClosed.Reason,
            },
            Wire.RecordingRoomEvent.EventOneofCase.ProducerPaused => new ProducerPaused { TimeUs = Time(wire.ProducerPaused.Timestamp), ProducerId = wire.ProducerPaused.ProducerId },
            Wire.RecordingRoomEvent.EventOneofCase.ProducerResumed => new ProducerResumed { TimeUs = Time(wire.ProducerResumed.Timestamp), ProducerId = wire.ProducerResumed.ProducerId },
            Wire.RecordingRoomEvent.EventOneofCase.ActiveSpeaker => new ActiveSpeaker
            {
                TimeUs = Time(wire.ActiveSpeaker.Timestamp),
                PeerId = wire.ActiveSpeaker.PeerId,
                Volume = wire.ActiveSpeaker.Volume,
            },
            Wire.RecordingRoomEvent.EventOneofCase.ProducerQuality => Quality(wire.ProducerQuality, Time(wire.ProducerQuality.Timestamp)),
            _ => null,
        };
        return mapped is null ? null : mapped with { EventIndex = wire.EventIndex };
    }

    public static RoomSnapshot Snapshot(Wire.RoomState state, long nowUs) => new()
    {
        TimeUs = nowUs,
        EventIndex = state.EventIndex,
        Room = Created(state.Room ?? new Wire.RoomCreated(), UnixTime.FromWire(state.Room?.Timestamp ?? 0) is var us and not 0 ? us : nowUs),
        Peers = [.. state.Peers.Select(p => Joined(p, UnixTime.FromWire(p.Timestamp) is var joined and not 0 ? joined : nowUs))],
        Producers = [.. state.Producers.Where(static p => p.Producer is not null).Select(static p => Producer(p.Producer))],
        PausedProducerIds = [.. state.Producers.Where(static p => p.Paused && p.Producer is not null).Select(static p => p.Producer.ProducerId)],
        Policy = Policy(state.Policy),
    };

    private static RoomCreated Created(Wire.RoomCreated room, long timeUs) => new()
    {
        TimeUs = timeUs,
        RoomName = room.RoomName,
        HostId = room.HostId,
        MeetingType = room.MeetingType,
        Policy = Policy(room.Policy),
    };

    private static PeerJoined Joined(Wire.PeerJoined peer, long timeUs) => new()
    {
        TimeUs = timeUs,
        PeerId = peer.PeerId,
        DisplayName = peer.DisplayName,
        DeviceFlag = peer.DeviceFlag,
        IsHost = peer.IsHost,
        IsCoHost = peer.IsCoHost,
        IsPanelist = peer.IsPanelist,
    };

    private static ProducerQuality Quality(Wire.ProducerQuality quality, long timeUs) => new()
    {
        TimeUs = timeUs,
        ProducerId = quality.ProducerId,
        Scores = [.. quality.Scores.Take(MaxScores).Select(static s => new EncodingScore(s.Ssrc, s.Rid, (int)Math.Min(s.Score, 10)))],
        SpatialLayer = quality.Layers?.Spatial,
        TemporalLayer = quality.Layers?.Temporal,
    };

    private static string Kind(string kind) => kind.Equals("video", StringComparison.OrdinalIgnoreCase) ? "video" : "audio";
}

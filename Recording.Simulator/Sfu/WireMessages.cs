using Recording.Protocol.Sfu;
using Recording.Simulator.Plans;

namespace Recording.Simulator.Sfu;

/// <summary>Turns plans into the protocol's messages; the details of an extension only where asked for.</summary>
internal static class WireMessages
{
    /// <summary>Times are ms on the plan's wire, µs where extensions are in use (values above 10^14 mean µs).</summary>
    public static long Time(long timeUs, bool plain) => plain ? timeUs / 1000 : timeUs;

    public static RoomCreated RoomCreated(PlannedRoom room, RecordingPolicy? policy, long time) => new()
    {
        RoomId = room.RoomId,
        RoomName = room.Name,
        HostId = policy?.HostId ?? "",
        MeetingType = "meeting",
        Policy = policy?.Clone(),
        Timestamp = time,
    };

    public static PeerJoined PeerJoined(PlannedPeer peer, long time) => new()
    {
        PeerId = peer.PeerId,
        DisplayName = peer.DisplayName,
        DeviceFlag = "desktop",
        IsHost = peer.IsHost,
        IsCoHost = peer.IsCoHost,
        IsPanelist = peer.IsPanelist,
        Timestamp = time,
    };

    public static ProducerCreated ProducerCreated(SimulatedProducer producer, long time, bool details)
    {
        var message = new ProducerCreated
        {
            ProducerId = producer.ProducerId,
            PeerId = producer.Peer.PeerId,
            Kind = producer.Plan.Kind,
            TrackType = producer.Plan.TrackType,
            PayloadType = producer.Format.PayloadType,
            Ssrc = producer.Format.Ssrc,
            Codec = producer.Format.Codec,
            ClockRate = producer.Format.ClockRate,
            Channels = producer.Format.Channels,
            DisplayName = producer.Peer.DisplayName,
            IsScreenshare = producer.Plan.IsScreenshare,
            Timestamp = time,
        };
        if (details)
        {
            message.PayloadTypes.Add(producer.Format.PayloadTypes);
            message.HeaderExtensions.Add(producer.Format.HeaderExtensions);
            message.Encodings.Add(producer.Format.Encodings);
            message.ConsumerType = producer.Format.ConsumerType;
        }

        return message;
    }

    public static TrackInfo TrackInfo(SimulatedProducer producer, bool details)
    {
        var message = new TrackInfo
        {
            ProducerId = producer.ProducerId,
            PeerId = producer.Peer.PeerId,
            Kind = producer.Plan.Kind,
            TrackType = producer.Plan.TrackType,
            PayloadType = producer.Format.PayloadType,
            Ssrc = producer.Format.Ssrc,
            Codec = producer.Format.Codec,
            ClockRate = producer.Format.ClockRate,
            Channels = producer.Format.Channels,
            DisplayName = producer.Peer.DisplayName,
            IsScreenshare = producer.Plan.IsScreenshare,
        };
        if (details)
        {
            message.PayloadTypes.Add(producer.Format.PayloadTypes);
            message.HeaderExtensions.Add(producer.Format.HeaderExtensions);
            message.Encodings.Add(producer.Format.Encodings);
            message.ConsumerType = producer.Format.ConsumerType;
        }

        return message;
    }

    public static SfuToRecording Error(string requestId, Recording.Model.RecordingErrorCode code, string text, string roomId = "") => new()
    {
        RequestId = requestId,
        Error = new RecordingError { RoomId = roomId, Code = (int)code, Message = text },
    };
}

using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Links;

/// <summary>Which ids a message must hold for it to be taken.</summary>
internal static class LinkEventRules
{
    public static bool HasValidIds(Wire.RecordingRoomEvent wire) => SfuIds.IsValid(wire.RoomId) && wire.EventCase switch
    {
        Wire.RecordingRoomEvent.EventOneofCase.PeerJoined => SfuIds.IsValid(wire.PeerJoined.PeerId),
        Wire.RecordingRoomEvent.EventOneofCase.PeerLeft => SfuIds.IsValid(wire.PeerLeft.PeerId),
        Wire.RecordingRoomEvent.EventOneofCase.ProducerCreated => HasValidIds(wire.ProducerCreated),
        Wire.RecordingRoomEvent.EventOneofCase.ProducerClosed => SfuIds.IsValid(wire.ProducerClosed.ProducerId),
        Wire.RecordingRoomEvent.EventOneofCase.ProducerPaused => SfuIds.IsValid(wire.ProducerPaused.ProducerId),
        Wire.RecordingRoomEvent.EventOneofCase.ProducerResumed => SfuIds.IsValid(wire.ProducerResumed.ProducerId),
        Wire.RecordingRoomEvent.EventOneofCase.ActiveSpeaker => wire.ActiveSpeaker.PeerId.Length == 0 || SfuIds.IsValid(wire.ActiveSpeaker.PeerId),
        Wire.RecordingRoomEvent.EventOneofCase.ProducerQuality => SfuIds.IsValid(wire.ProducerQuality.ProducerId),
        _ => true,
    };

    public static bool HasValidIds(Wire.RoomState state) =>
        state.Room is not null && SfuIds.IsValid(state.Room.RoomId)
        && state.Peers.All(static p => SfuIds.IsValid(p.PeerId))
        && state.Producers.All(static p => p.Producer is not null && HasValidIds(p.Producer));

    private static bool HasValidIds(Wire.ProducerCreated producer) => SfuIds.IsValid(producer.ProducerId) && SfuIds.IsValid(producer.PeerId);
}

namespace Recording.Simulator.Sfu;

/// <summary>What a simulated SFU has done so far.</summary>
/// <param name="Links">Links that registered.</param>
/// <param name="RoomsOpen">Rooms created and not closed.</param>
/// <param name="RoomsRecording">Rooms being recorded.</param>
/// <param name="TracksSubscribed">Tracks being forwarded.</param>
/// <param name="TracksEver">Tracks that were ever subscribed.</param>
/// <param name="PacketsForwarded">Packets taken for the recorder, each once.</param>
/// <param name="PacketsSent">Packets handed to a link, replays included.</param>
/// <param name="BytesSent">RTP bytes of those.</param>
/// <param name="PacketsReplayed">Packets handed to a link again.</param>
/// <param name="PacketsDropped">Packets that gave way in a ring before they were durable.</param>
/// <param name="BytesUnacknowledged">RTP bytes in the rings.</param>
/// <param name="Errors">Errors that recorders sent.</param>
public sealed record SfuFigures(
    long Links,
    int RoomsOpen,
    int RoomsRecording,
    int TracksSubscribed,
    int TracksEver,
    long PacketsForwarded,
    long PacketsSent,
    long BytesSent,
    long PacketsReplayed,
    long PacketsDropped,
    long BytesUnacknowledged,
    long Errors);

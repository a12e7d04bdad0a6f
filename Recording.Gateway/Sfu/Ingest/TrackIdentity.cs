using Google.Protobuf;
using Recording.Grains.Abstractions.Rooms;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>Whose packets a track holds and where they go.</summary>
internal sealed record TrackIdentity
{
    public required string RoomId { get; init; }

    public required string RecordingId { get; init; }

    /// <summary>Key prefix of the recording, with a trailing slash.</summary>
    public required string Prefix { get; init; }

    public required string TrackId { get; init; }

    public required string ProducerId { get; init; }

    public required string PeerId { get; init; }

    public string DisplayName { get; init; } = "";

    public required string Kind { get; init; }

    public string TrackType { get; init; } = "";

    public bool IsScreenshare { get; init; }

    public bool IsVideo => Kind == "video";

    /// <summary>Key of the track's grain.</summary>
    public string GrainKey => $"{RecordingId}/{TrackId}";

    public static TrackIdentity Of(RoomDirective directive, TrackDirective track) => new()
    {
        RoomId = directive.RoomId,
        RecordingId = directive.RecordingId!,
        Prefix = directive.Prefix,
        TrackId = track.TrackId,
        ProducerId = track.ProducerId,
        PeerId = track.PeerId,
        DisplayName = track.DisplayName,
        Kind = track.Kind,
        TrackType = track.TrackType,
        IsScreenshare = track.IsScreenshare,
    };

    public static TrackIdentity Of(string roomId, TrackTail tail) =>
        Of(new RoomDirective { RoomId = roomId, LinkKey = "", Version = 0, State = WantedState.Idle, RecordingId = tail.RecordingId, Prefix = tail.Prefix }, tail.Track);

    /// <summary>Encoded header of the track's segments.</summary>
    public byte[] EncodeHeader(TrackFormat format, string consumerType, bool sfuClock, string serviceVersion) => new TrackHeader
    {
        FileVersion = 1,
        ServiceVersion = serviceVersion,
        RoomId = RoomId,
        RecordingId = RecordingId,
        TrackId = TrackId,
        ProducerId = ProducerId,
        PeerId = PeerId,
        DisplayName = DisplayName,
        Kind = Kind,
        TrackType = TrackType,
        IsScreenshare = IsScreenshare,
        ConsumerType = consumerType,
        ClockSource = sfuClock ? "sfu" : "gateway",
        Format = format,
    }.ToByteArray();
}

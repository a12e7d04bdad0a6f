using Recording.Media.Captures.Import;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Cli.Import;

/// <summary>A track with its names.</summary>
internal sealed record NamedTrack(CapturedTrack Track, string PeerId, string TrackId)
{
    public string File => $"tracks/{TrackId}.rtp";

    public string ProducerId => $"ssrc-{Track.Ssrcs[0]:x8}";

    public string TrackType => Track.IsScreenshare ? "screenshare" : Track.Kind == "video" ? "camera" : "mic";

    public TrackHeader Header(string room, string recordingId, string serviceVersion) => new()
    {
        FileVersion = TrackSection.FileVersion,
        ServiceVersion = serviceVersion,
        RoomId = room,
        RecordingId = recordingId,
        TrackId = TrackId,
        ProducerId = ProducerId,
        PeerId = PeerId,
        DisplayName = PeerId,
        Kind = Track.Kind,
        TrackType = TrackType,
        IsScreenshare = Track.IsScreenshare,
        ConsumerType = Track.Ssrcs.Count > 1 ? "pipe" : "simple",
        ClockSource = "sfu",
        Format = Track.Format,
    };
}

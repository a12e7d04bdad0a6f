using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Recordings.State;
using Recording.Model;

namespace Recording.Grains.Recordings;

/// <summary>A recording for whoever looks at it.</summary>
internal static class RecordingViews
{
    /// <summary>From the state, live counters, and what the timeline and the jobs say.</summary>
    public static RecordingView Of(RecordingState state, IReadOnlyDictionary<string, TrackFigures> figures, bool isPaused, bool isProcessing) => new()
    {
        RecordingId = state.Opening!.RecordingId,
        RoomId = state.Opening.RoomId,
        Status = state.Status == RecordingStatus.Recording && isPaused ? RecordingStatus.Paused : state.Status,
        Prefix = state.Opening.Prefix,
        StartedAtUs = state.StartedAtUs,
        EndedAtUs = state.EndedAtUs != 0 ? state.EndedAtUs : state.Stop?.EndedAtUs ?? 0,
        StartedBy = state.Opening.Requester.Id,
        EndedBecause = state.Stop?.Reason ?? "",
        Tracks = [.. state.Tracks.Select(t => Track(t, figures.GetValueOrDefault(t.TrackId)))],
        Outputs = [.. state.Outputs],
        Processing = isProcessing,
        JobIds = [.. state.JobIds],
        LegalHold = state.LegalHold,
        DeletedAtUs = state.DeletedAtUs,
    };

    private static TrackView Track(TrackState track, TrackFigures? live)
    {
        var producer = track.Registration.Producer;
        return new TrackView
        {
            TrackId = track.TrackId,
            PeerId = track.Registration.ParticipantId,
            Kind = producer.Kind,
            TrackType = producer.TrackType,
            Codec = producer.Codec,
            File = track is { Phase: >= TrackPhase.Assembled, Assembled: null } ? "" : track.File,
            Packets = track.Assembled?.Packets ?? live?.Packets ?? 0,
            Bytes = track.Assembled?.Size ?? live?.Bytes ?? 0,
            Lost = track.Assembled?.Lost ?? live?.Lost ?? 0,
            Sha256 = track.Assembled?.Sha256 ?? "",
        };
    }
}

using Recording.Gateway.Sfu.Rooms;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;
using Recording.PostProcessing.Outputs;
using Wire = Recording.Protocol.Control;

namespace Recording.Gateway.Api;

/// <summary>Between the control service's messages and what grains speak.</summary>
internal static class ControlMapping
{
    public static RecordingStatus? Status(string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        // By name only: Enum.TryParse would take numbers and lists as well.
        foreach (RecordingStatus status in Enum.GetValues<RecordingStatus>())
        {
            if (string.Equals(status.ToString(), text, StringComparison.OrdinalIgnoreCase))
            {
                return status;
            }
        }

        throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"status is '{text}'; it must be one of {string.Join(", ", Enum.GetNames<RecordingStatus>()).ToLowerInvariant()}.");
    }

    public static CompositionSettings Composition(Wire.ComposeRecordingRequest request)
    {
        if (request.SettingsJson.Length > 0)
        {
            return request is { Layout: "", Format: "", Width: 0, Height: 0, FrameRate: 0 }
                ? CompositionSettings.Parse(request.SettingsJson)
                : throw new RecordingException(RecordingErrorCode.ProtocolViolation, "settings_json stands alone: layout, format, width, height and frame_rate are part of it.");
        }

        CompositionSettings usual = CompositionSettings.Default;
        return new CompositionSettings
        {
            Layout = request.Layout.Length == 0 ? usual.Layout : request.Layout,
            Format = request.Format.Length == 0 ? usual.Format : request.Format,
            Width = OrUsual(request.Width, usual.Width),
            Height = OrUsual(request.Height, usual.Height),
            FrameRate = OrUsual(request.FrameRate, usual.FrameRate),
        };
    }

    public static Wire.Recording Recording(RecordingView view)
    {
        var recording = new Wire.Recording
        {
            RecordingId = view.RecordingId,
            RoomId = view.RoomId,
            Status = Name(view.Status),
            Prefix = view.Prefix,
            StartedAtUs = view.StartedAtUs,
            EndedAtUs = view.EndedAtUs,
            StartedBy = view.StartedBy,
            EndedBecause = view.EndedBecause,
            Processing = view.Processing,
            LegalHold = view.LegalHold,
            DeletedAtUs = view.DeletedAtUs,
        };
        recording.Tracks.AddRange(view.Tracks.Select(static track => new Wire.Track
        {
            TrackId = track.TrackId,
            PeerId = track.PeerId,
            Kind = track.Kind,
            TrackType = track.TrackType,
            Codec = track.Codec,
            File = track.File,
            Packets = (ulong)Math.Max(0, track.Packets),
            Bytes = (ulong)Math.Max(0, track.Bytes),
            Lost = (ulong)Math.Max(0, track.Lost),
            Sha256 = track.Sha256,
        }));
        recording.Outputs.AddRange(view.Outputs.Select(Output));
        return recording;
    }

    public static Wire.Recording Recording(RecordingSummary summary) => new()
    {
        RecordingId = summary.RecordingId,
        RoomId = summary.RoomId,
        Status = Name(summary.Status),
        Prefix = summary.Prefix,
        StartedAtUs = summary.StartedAtUs,
        EndedAtUs = summary.EndedAtUs,
    };

    public static Wire.Job Job(JobView view)
    {
        var job = new Wire.Job
        {
            JobId = view.JobId,
            RecordingId = view.RecordingId,
            Status = view.Status.ToString().ToLowerInvariant(),
            ProgressPercent = view.ProgressPercent,
            SecondsLeft = view.SecondsLeft ?? -1,
            ErrorLog = view.FailureLog,
            Kind = view.Kind,
            TasksDone = (uint)view.TasksDone,
            TasksTotal = (uint)view.TasksTotal,
            CreatedAtUs = view.CreatedAtUs,
            Priority = view.Priority,
            WaitsFor = view.WaitsFor,
        };
        job.Outputs.AddRange(view.Outputs.Select(Output));
        job.Skipped.AddRange(view.Skipped.Select(static track => new Wire.SkippedTrack { TrackId = track.TrackId, Reason = track.Reason, Code = (int)track.Code }));
        if (view.Failure is { } failure)
        {
            job.Error = new Protocol.Sfu.RecordingError { RecordingId = view.RecordingId, Code = (int)failure.Code, Message = failure.Message };
        }

        return job;
    }

    public static Wire.RoomView Room(RoomView view)
    {
        var room = new Wire.RoomView { RoomId = view.RoomId, RoomName = view.RoomName, Policy = SfuMapping.Policy(view.Policy), TimeUs = view.TimeUs };
        room.Peers.AddRange(view.Peers.Select(static peer => new Wire.Peer { PeerId = peer.PeerId, DisplayName = peer.DisplayName }));
        room.Producers.AddRange(view.Producers.Select(static producer => new Wire.Producer
        {
            ProducerId = producer.ProducerId,
            PeerId = producer.PeerId,
            Kind = producer.Kind,
            TrackType = producer.TrackType,
            Codec = producer.Codec,
            Paused = producer.Paused,
            Recorded = producer.TrackId is not null,
        }));
        if (view.RecordingId is { } id)
        {
            room.Recording = new Wire.Recording { RecordingId = id, RoomId = view.RoomId, Status = Name(view.Status), Prefix = view.Prefix };
        }

        return room;
    }

    private static int OrUsual(uint value, int usual) => value == 0 ? usual : (int)Math.Min(value, int.MaxValue);

    private static Wire.Output Output(RecordingOutput output)
    {
        var mapped = new Wire.Output
        {
            File = output.File,
            Kind = output.Kind,
            Bytes = (ulong)Math.Max(0, output.Bytes),
            DurationSeconds = output.DurationSeconds,
        };
        mapped.Parts.AddRange(output.Files().Skip(1).Select(static part => new Wire.OutputPart { File = part.File, Bytes = (ulong)Math.Max(0, part.Bytes) }));
        return mapped;
    }

    private static string Name(RecordingStatus status) => status.ToString().ToLowerInvariant();
}

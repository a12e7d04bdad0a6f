using System.Security.Cryptography;
using Recording.Media.Tests.Support;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;
using Recording.Model.Documents;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Report;

namespace Recording.PostProcessing.Tests.Report;

/// <summary>A recording's directory around given track files, and its report.</summary>
public sealed class ReportedRecording : IDisposable
{
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly List<RecordedTrack> _tracks = [];
    private readonly List<TimelineEntry> _events = [];
    private readonly long _originUs;

    public ReportedRecording(long originUs, double seconds)
    {
        _originUs = originUs;
        Seconds = seconds;
        Directory = _scratch.Directory.CreateSubdirectory("recording");
        Directory.CreateSubdirectory("tracks");
    }

    public DirectoryInfo Directory { get; }

    public double Seconds { get; }

    public string PeerId { get; set; } = "alice";

    public string Name { get; set; } = "Alice";

    public string RoomName { get; set; } = "Room";

    public void Dispose() => _scratch.Dispose();

    /// <summary>What a browser announces for sound, with the extension that tells the level.</summary>
    public static TrackFormat Opus(byte payloadType = 111, uint levelId = 1)
    {
        TrackFormat format = TrackFileBuilder.Opus(payloadType);
        format.HeaderExtensions.Add(new ExtensionFormat { Id = levelId, Uri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level" });
        return format;
    }

    public RecordedTrack Add(string kind, byte[] file, string type = "", Func<RecordedTrack, RecordedTrack>? change = null)
    {
        var track = new RecordedTrack
        {
            TrackId = $"{PeerId}-{kind}{_tracks.Count}",
            Kind = kind,
            TrackType = type.Length > 0 ? type : kind == "audio" ? "mic" : "camera",
            File = $"tracks/{_tracks.Count}.rtp",
            ProducerId = $"producer-{kind}",
            StartedAt = DocumentTime.FromMicroseconds(_originUs),
            EndedAt = DocumentTime.FromMicroseconds(_originUs + (long)(Seconds * 1e6)),
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(file)),
        };
        track = change?.Invoke(track) ?? track;
        if (track.File is not null && file.Length > 0)
        {
            File.WriteAllBytes(Path.Combine(Directory.FullName, track.File), file);
        }

        _tracks.Add(track);
        return track;
    }

    public void AddEvent(long timeUs, string type, string? peer = null, string? producer = null) =>
        _events.Add(new TimelineEntry(new TimelineEvent { TimeUs = timeUs, Type = type, PeerId = peer, ProducerId = producer }, _originUs));

    public async Task<QualityReport> ReportAsync(string status = "completed")
    {
        WriteDocuments(status);
        using ScratchDirectory scratch = ScratchDirectory.Create();
        return await new RecordingReporter(new DirectoryRecordingFiles(Directory, scratch.Directory)).ReportAsync(scratch.Directory);
    }

    private void WriteDocuments(string status)
    {
        DateTimeOffset origin = DocumentTime.FromMicroseconds(_originUs);
        var section = new TimelineSection { Origin = origin, Events = [.. _events.OrderBy(entry => entry.TimeUs)] };
        var metadata = new MetadataDocument
        {
            Status = status,
            Room = new RoomSection { RoomId = "room", RoomName = RoomName, StartedAt = origin, EndedAt = origin.AddSeconds(Seconds), DurationSeconds = Seconds },
            PolicySnapshot = PolicySnapshot.From(RecordingPolicy.Default),
            Participants = [new ParticipantSection { PeerId = PeerId, DisplayName = Name, JoinedAt = origin, Tracks = _tracks }],
            Timeline = section,
            Recording = new RecordingSection { RecordingId = "rec", StartedBy = "alice", ServiceVersion = "test", RequestedAt = origin, EndedReason = "stopped" },
        };
        File.WriteAllBytes(Path.Combine(Directory.FullName, "metadata.json"), RecordingDocument.Write(metadata));
        File.WriteAllBytes(Path.Combine(Directory.FullName, "timeline.json"), RecordingDocument.Write(new TimelineDocument { RecordingId = "rec", RoomId = "room", Timeline = section }));
        var policy = new PolicyDocument
        {
            RecordingId = "rec",
            RoomId = "room",
            AtStart = new PolicyInForce { T = 0, Time = origin, Source = "default", Policy = RoomPolicyDocument.From(RecordingPolicy.Default) },
            Changes = [],
        };
        File.WriteAllBytes(Path.Combine(Directory.FullName, "policy.json"), RecordingDocument.Write(policy));
    }
}

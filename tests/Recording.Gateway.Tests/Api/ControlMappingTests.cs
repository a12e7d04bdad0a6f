using Recording.Gateway.Api;
using Recording.Gateway.Sfu.Rooms;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Model;
using Recording.PostProcessing.Outputs;
using Wire = Recording.Protocol.Control;

namespace Recording.Gateway.Tests.Api;

public sealed class ControlMappingTests
{
    [Theory]
    [InlineData("completed", RecordingStatus.Completed)]
    [InlineData("Recording", RecordingStatus.Recording)]
    public void Status_is_read_by_name(string text, RecordingStatus status) => Assert.Equal(status, ControlMapping.Status(text));

    [Fact]
    public void No_status_is_every_status() => Assert.Null(ControlMapping.Status(""));

    [Theory]
    [InlineData("done")]
    [InlineData("2")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("completed,failed")]
    [InlineData(" ")]
    public void Status_that_is_no_name_is_refused_with_1003(string text) =>
        Assert.Equal(RecordingErrorCode.ProtocolViolation, Assert.Throws<RecordingException>(() => ControlMapping.Status(text)).Code);

    [Fact]
    public void Absent_config_means_by_policy()
    {
        Assert.Equal(RecordingSelection.ByPolicy, SfuMapping.Selection(null));
        RecordingSelection selection = SfuMapping.Selection(new Protocol.Sfu.RecordingConfig { RecordVideo = true, ParticipantIds = { "anna" }, StoragePath = "a/b" });
        Assert.Equal((false, true, false, "a/b"), (selection.Audio, selection.Video, selection.Screenshare, selection.StoragePath));
        Assert.Equal(["anna"], selection.ParticipantIds);
    }

    [Fact]
    public void Composition_takes_the_usual_for_what_is_not_said()
    {
        Assert.Equal(CompositionSettings.Default, ControlMapping.Composition(new Wire.ComposeRecordingRequest { RecordingId = "r" }));
        CompositionSettings asked = ControlMapping.Composition(new Wire.ComposeRecordingRequest { Width = 640, Height = 360, FrameRate = uint.MaxValue });
        Assert.Equal((640, 360, int.MaxValue), (asked.Width, asked.Height, asked.FrameRate));
    }

    [Fact]
    public void A_composition_as_json_is_checked_field_by_field_and_stands_alone()
    {
        CompositionSettings asked = ControlMapping.Composition(new Wire.ComposeRecordingRequest { SettingsJson = """{"layout":{"regions":[{"sources":["camera:*"]}]},"format":"webm","title":"x"}""" });
        Assert.Equal(("custom", "webm", "x"), (asked.Layout, asked.Format, asked.Title));
        Assert.Contains("layout.regions[0].sources", Problem(new() { SettingsJson = """{"layout":{"regions":[{}]}}""" }), StringComparison.Ordinal);
        Assert.Contains("captions: expected a path inside the recording", Problem(new() { SettingsJson = """{"captions":"../../etc/passwd"}""" }), StringComparison.Ordinal);
        Assert.Contains("stands alone", Problem(new() { SettingsJson = "{}", Width = 640 }), StringComparison.Ordinal);

        static string Problem(Wire.ComposeRecordingRequest request) => Assert.Throws<RecordingException>(() => ControlMapping.Composition(request)).Message;
    }

    [Fact]
    public void Recording_is_said_with_its_tracks_and_outputs()
    {
        Wire.Recording recording = ControlMapping.Recording(new RecordingView
        {
            RecordingId = "rec",
            RoomId = "room",
            Status = RecordingStatus.Interrupted,
            Prefix = "rooms/room/rec/",
            StartedAtUs = 5,
            EndedAtUs = 9,
            EndedBecause = "link lost",
            Processing = true,
            Tracks = [new TrackView { TrackId = "t", PeerId = "anna", Kind = "audio", TrackType = "mic", Codec = "opus", Packets = 7, Lost = -1 }],
            Outputs = [new RecordingOutput { File = "out.mp4", Kind = "composite", Bytes = 3, DurationSeconds = 1.5 }],
        });

        Assert.Equal(("interrupted", 5, 9, true), (recording.Status, recording.StartedAtUs, recording.EndedAtUs, recording.Processing));
        Wire.Track track = Assert.Single(recording.Tracks);
        Assert.Equal(("t", "opus", 7UL, 0UL), (track.TrackId, track.Codec, track.Packets, track.Lost));
        Assert.Equal("out.mp4", Assert.Single(recording.Outputs).File);
    }

    [Fact]
    public void Failed_job_says_its_code_and_unknown_time_is_negative()
    {
        Wire.Job job = ControlMapping.Job(new JobView
        {
            JobId = "job",
            RecordingId = "rec",
            Status = JobStatus.Failed,
            Failure = new RecordingFailure(RecordingErrorCode.FinalizationFailed, "no"),
        });

        Assert.Equal(("failed", -1, 4003), (job.Status, job.SecondsLeft, job.Error.Code));
    }

    [Fact]
    public void Job_names_the_tracks_that_nothing_was_made_of()
    {
        Wire.Job job = ControlMapping.Job(new JobView
        {
            JobId = "job",
            RecordingId = "rec",
            Status = JobStatus.Completed,
            Skipped = [new JobSkippedTrack("ann-video", "why", RecordingErrorCode.UnsupportedCodec), new JobSkippedTrack("bob-audio", "empty", RecordingErrorCode.None)],
        });

        Assert.Equal(["ann-video why 3002", "bob-audio empty 0"], job.Skipped.Select(static track => $"{track.TrackId} {track.Reason} {track.Code}"), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"container":"mkv"}""")]
    [InlineData("""{ "container": "" }""")]
    public void A_remux_to_matroska_is_the_job_that_it_always_was(string settings)
    {
        string parameters = JobParameters.Normalize("remux", settings);
        Assert.Equal("", parameters);
        Assert.Equal("129c70681482bf90212e0da02430ff23", JobIds.For(new JobSpec { RecordingId = "rec", Prefix = "p/", Kind = "remux", Parameters = parameters }));
    }

    [Fact]
    public void Other_containers_are_other_jobs()
    {
        string[] ids = [.. new[] { "mkv", "webm", "ogg" }.Select(container => JobIds.For(new JobSpec
        {
            RecordingId = "rec",
            Prefix = "p/",
            Kind = "remux",
            Parameters = JobParameters.Normalize("remux", $$"""{"container":"{{container}}"}"""),
        }))];
        Assert.Distinct(ids, StringComparer.Ordinal);
    }

    [Fact]
    public void Room_says_who_is_there_what_is_recorded_and_what_the_policy_leaves_open()
    {
        Wire.RoomView room = ControlMapping.Room(new RoomView
        {
            RoomId = "room",
            Policy = new RecordingPolicy { Enabled = true, WhoCanRecord = "host", HostId = "anna", RecordVideo = false },
            Peers = [new PeerView("anna", "Anna")],
            Producers = [new ProducerView("p", "anna", "audio", "mic", "opus", false, "t"), new ProducerView("q", "anna", "video", "camera", "vp8", true, null)],
            RecordingId = "rec",
            Status = RecordingStatus.Paused,
        });

        Assert.Equal([true, false], room.Producers.Select(static producer => producer.Recorded));
        Assert.Equal([false, true], room.Producers.Select(static producer => producer.Paused));
        Assert.Equal(("rec", "paused"), (room.Recording.RecordingId, room.Recording.Status));
        Assert.Equal((true, false, false), (room.Policy.HasRecordVideo, room.Policy.RecordVideo, room.Policy.HasRecordAudio));
    }

    [Fact]
    public void Room_without_a_recording_has_none() => Assert.Null(ControlMapping.Room(new RoomView { RoomId = "room", Policy = new RecordingPolicy() }).Recording);
}

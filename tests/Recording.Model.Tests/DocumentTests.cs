using System.Text;
using System.Text.Json.Nodes;
using NJsonSchema;
using Recording.Model.Documents;

namespace Recording.Model.Tests;

public sealed class DocumentTests
{
    private const long OriginUs = 1_772_600_767_891_234;
    private const string Sha = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    private static readonly RecordingPolicy Policy = new()
    {
        Enabled = true,
        WhoCanRecord = "co_host",
        WhoCanDownload = "all",
        AutoRecord = true,
        NotifyParticipants = true,
        RetentionDays = 30,
        HostId = "ann",
        CoHostIds = ["bob"],
        RecordVideo = false,
        Outputs = ["composite"],
    };

    private static readonly TimelineEvent[] Events =
    [
        new() { TimeUs = OriginUs - 1, Type = "peer_joined", PeerId = "ann", DisplayName = "Ann", IsHost = true },
        new() { TimeUs = OriginUs, Type = "recording_started", RequesterId = "ann" },
        new() { TimeUs = OriginUs + 1_999, Type = "active_speaker", PeerId = "ann", Volume = -42 },
        new() { TimeUs = OriginUs + 2_000_000, Type = "policy_updated", Policy = Policy },
    ];

    [Fact]
    public async Task Metadata_in_full_is_valid_against_its_schema() =>
        Assert.Empty(await ErrorsAsync("metadata", RecordingDocument.Write(Metadata())));

    [Fact]
    public async Task Metadata_of_a_recording_that_never_started_is_valid_against_its_schema()
    {
        var refused = Metadata() with
        {
            Status = "failed",
            Room = new RoomSection { RoomId = "r" },
            Participants = [],
            Outputs = [],
            Integrity = new IntegritySection(),
        };
        Assert.Empty(await ErrorsAsync("metadata", RecordingDocument.Write(refused)));
    }

    [Fact]
    public async Task Timeline_is_valid_against_its_schema() => Assert.Empty(await ErrorsAsync("timeline", RecordingDocument.Write(Timeline())));

    [Fact]
    public async Task Policy_is_valid_against_its_schema() => Assert.Empty(await ErrorsAsync("policy", RecordingDocument.Write(PolicyFile())));

    [Theory]
    [InlineData("status", "\"done\"")]
    [InlineData("participants", "null")]
    [InlineData("surprise", "1")]
    public async Task The_schema_refuses_what_is_wrong(string member, string value)
    {
        var json = JsonNode.Parse(RecordingDocument.Write(Metadata()))!.AsObject();
        json[member] = JsonNode.Parse(value);
        Assert.NotEmpty(await ErrorsAsync("metadata", Encoding.UTF8.GetBytes(json.ToJsonString())));
    }

    [Fact]
    public async Task The_schema_misses_what_is_missing()
    {
        var json = JsonNode.Parse(RecordingDocument.Write(Metadata()))!.AsObject();
        json["participants"]![0]!["tracks"]![0]!.AsObject().Remove("packets");
        Assert.NotEmpty(await ErrorsAsync("metadata", Encoding.UTF8.GetBytes(json.ToJsonString())));
    }

    [Fact]
    public async Task The_schema_accepts_every_member_of_the_plans_example_that_is_the_recordings_own()
    {
        // The plan's names, as it writes them, at the plan's places.
        var json = JsonNode.Parse(RecordingDocument.Write(Metadata()))!;
        Assert.Equal("recording-metadata-v1", (string?)json["$schema"]);
        foreach (var name in new[] { "room_id", "room_name", "host_id", "meeting_type", "started_at", "ended_at", "duration_seconds" })
        {
            Assert.NotNull(json["room"]![name]);
        }

        foreach (var name in new[] { "recording_enabled", "who_can_record", "auto_record", "retention_days" })
        {
            Assert.NotNull(json["policy_snapshot"]![name]);
        }

        foreach (var name in new[] { "track_id", "kind", "codec", "file", "started_at", "ended_at", "bytes" })
        {
            Assert.NotNull(json["participants"]![0]!["tracks"]![0]![name]);
        }

        foreach (var name in new[] { "recording_id", "started_by", "service_version" })
        {
            Assert.NotNull(json["recording"]![name]);
        }

        Assert.Equal(-1, (long)json["timeline"]!["events"]![0]!["t"]!);
        Assert.Empty(await ErrorsAsync("metadata", Encoding.UTF8.GetBytes(json.ToJsonString())));
    }

    [Fact]
    public void Events_are_placed_in_whole_milliseconds_rounded_down_also_before_the_origin() =>
        Assert.Equal([-1, 0, 1, 2_000], Timeline().Timeline.Events.Select(static e => e.T));

    [Fact]
    public void Times_are_written_with_six_decimals() =>
        Assert.Equal("2026-03-04T05:06:07.891234Z", (string?)JsonNode.Parse(RecordingDocument.Write(Timeline()))!["timeline"]!["origin"]);

    [Fact]
    public void Documents_read_back_as_they_were_written()
    {
        Assert.Equal(RecordingDocument.Write(Metadata()), RecordingDocument.Write(RecordingDocument.ReadMetadata(RecordingDocument.Write(Metadata()))));
        Assert.Equal(RecordingDocument.Write(Timeline()), RecordingDocument.Write(RecordingDocument.ReadTimeline(RecordingDocument.Write(Timeline()))));
        Assert.Equal(RecordingDocument.Write(PolicyFile()), RecordingDocument.Write(RecordingDocument.ReadPolicy(RecordingDocument.Write(PolicyFile()))));
    }

    [Fact]
    public void The_plans_own_example_without_our_additions_can_be_read()
    {
        var json = """
            {"$schema":"recording-metadata-v1","status":"completed",
             "room":{"room_id":"abc","room_name":"Team","host_id":"u","meeting_type":"scheduled","started_at":"2024-01-15T10:00:00Z","ended_at":"2024-01-15T10:45:00Z","duration_seconds":2700},
             "policy_snapshot":{"recording_enabled":true,"who_can_record":"host","auto_record":false,"retention_days":30},
             "participants":[{"peer_id":"p","display_name":"Alice","is_host":true,"is_co_host":false,
               "tracks":[{"track_id":"p-audio","kind":"audio","codec":"opus","file":"tracks/p-audio.rtp","started_at":"2024-01-15T10:00:10Z","bytes":5}]}],
             "timeline":{"origin":"2024-01-15T10:00:00Z","events":[{"t":0,"time_us":1,"type":"room_created"}]},
             "recording":{"recording_id":"rec_789","started_by":"p","service_version":"1.0.0","requested_at":"2024-01-15T10:00:00Z"}}
            """u8;
        var metadata = RecordingDocument.ReadMetadata(json);
        Assert.Empty(metadata.Outputs);
        Assert.Empty(metadata.Integrity.Files);
        var track = Assert.Single(Assert.Single(metadata.Participants).Tracks);
        Assert.Empty(track.Gaps);
        Assert.Equal("", track.TrackType);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"$schema\":")]
    public void What_is_not_a_document_fails_with_4005(string json) =>
        Assert.Equal(RecordingErrorCode.IntegrityCheckFailed, Assert.Throws<RecordingException>(() => RecordingDocument.ReadMetadata(Encoding.UTF8.GetBytes(json))).Code);

    private static MetadataDocument Metadata() => new()
    {
        Status = "completed",
        Room = new RoomSection
        {
            RoomId = "r",
            RoomName = "Stand-up \"\u202e\n",
            HostId = "ann",
            MeetingType = "scheduled",
            StartedAt = DocumentTime.FromMicroseconds(OriginUs),
            EndedAt = DocumentTime.FromMicroseconds(OriginUs + 5_000_000),
            DurationSeconds = 5,
        },
        PolicySnapshot = PolicySnapshot.From(Policy),
        Participants =
        [
            new ParticipantSection
            {
                PeerId = "ann",
                DisplayName = "Ann",
                JoinedAt = DocumentTime.FromMicroseconds(OriginUs),
                IsHost = true,
                Tracks =
                [
                    new RecordedTrack
                    {
                        TrackId = "ann-audio",
                        Kind = "audio",
                        TrackType = "mic",
                        Codec = "opus",
                        File = "tracks/ann-audio.rtp",
                        StartedAt = DocumentTime.FromMicroseconds(OriginUs),
                        EndedAt = DocumentTime.FromMicroseconds(OriginUs + 4_000_000),
                        Bytes = 12_345,
                        ProducerId = "p1",
                        PeerId = "ann",
                        Figures = RecordedTrack.FinalFigures,
                        PayloadTypes = [new PayloadTypeSection { Pt = 111, Codec = "opus", ClockRate = 48_000, Channels = 2, Fmtp = "useinbandfec=1" }],
                        Ssrcs = [uint.MaxValue],
                        Packets = 200,
                        JitterMs = 1.25,
                        BitrateBps = 24_000,
                        Gaps = [new GapSection { T = 1_000, DurationMs = 20, Epoch = "18446744073709551615", FirstIndex = 1, LastIndex = 9_007_199_254_740_991, Reason = "link" }, new GapSection { Reason = "missing" }],
                        Paused = [new PauseSection { T = 2_000, By = "producer" }],
                        Sha256 = Sha,
                    },
                ],
            },
        ],
        Timeline = new TimelineSection { Origin = DocumentTime.FromMicroseconds(OriginUs), Events = [.. Events.Select(static e => new TimelineEntry(e, OriginUs))] },
        Recording = new RecordingSection
        {
            RecordingId = "01arz3ndektsv4rrffq69g5fav",
            StartedBy = "ann",
            ServiceVersion = "1.0.0",
            RequestedAt = DocumentTime.FromMicroseconds(OriginUs),
            EndedReason = "stopped",
            JobIds = ["j"],
        },
        Outputs = [new OutputSection { File = "processed/composite.mp4", Kind = "composite", Bytes = 7, DurationSeconds = 5.04, Sha256 = Sha, JobId = "j" }],
        Integrity = new IntegritySection { Files = [new FileHash { File = "timeline.json", Bytes = 3, Sha256 = Sha }] },
    };

    private static TimelineDocument Timeline() => new()
    {
        RecordingId = "01arz3ndektsv4rrffq69g5fav",
        RoomId = "r",
        Timeline = new TimelineSection { Origin = DocumentTime.FromMicroseconds(OriginUs), Events = [.. Events.Select(static e => new TimelineEntry(e, OriginUs))] },
    };

    private static PolicyDocument PolicyFile()
    {
        var force = new PolicyInForce { T = -5, Time = DocumentTime.FromMicroseconds(OriginUs), Source = "room_created", Policy = RoomPolicyDocument.From(Policy) };
        return new PolicyDocument { RecordingId = "01arz3ndektsv4rrffq69g5fav", RoomId = "r", AtStart = force, Changes = [force with { Source = "policy_updated" }] };
    }

    private static async Task<IEnumerable<string>> ErrorsAsync(string name, byte[] json)
    {
        var schema = await JsonSchema.FromJsonAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "schemas", $"{name}.schema.json")));
        return schema.Validate(Encoding.UTF8.GetString(json)).Select(static e => e.ToString()!);
    }
}

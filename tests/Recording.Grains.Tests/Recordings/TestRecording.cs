using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NJsonSchema;
using Orleans.Storage;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Recordings;
using Recording.Grains.Recordings.State;
using Recording.Grains.Tests.Doubles;
using Recording.Grains.Tests.Tracks;
using Recording.Media.TrackFiles;
using Recording.Model;
using Recording.Model.Documents;
using Recording.Storage;

namespace Recording.Grains.Tests.Recordings;

/// <summary>A recording with its store, state and neighbours, and processes that run it.</summary>
internal sealed class TestRecording
{
    public const string RecordingId = "01arz3ndektsv4rrffq69g5fav";
    public const string RoomId = "r";
    public const string Prefix = $"rooms/{RoomId}/{RecordingId}/";

    private static readonly ConcurrentDictionary<string, Task<JsonSchema>> Schemas = new(StringComparer.Ordinal);

    public TestRecording(IObjectStore? store = null)
    {
        Store = store ?? Memory;
        Options = new RecordingsOptions();
        Time.SetUtcNow(DateTimeOffset.FromUnixTimeMilliseconds(TestTrack.StartUs / 1_000));
    }

    public MemoryObjectStore Memory { get; } = new();

    public IObjectStore Store { get; }

    public StoredState Stored { get; } = new();

    public TestNeighbours Neighbours { get; } = new();

    public FakeTimeProvider Time { get; } = new();

    public RecordingsOptions Options { get; }

    public long NowUs => DocumentTime.ToMicroseconds(Time.GetUtcNow());

    public RecordingState State => Stored.Read();

    public static RecordingOpening Opening { get; } = new()
    {
        RecordingId = RecordingId,
        RoomId = RoomId,
        Prefix = Prefix,
        Requester = Requester.Peer("ann"),
        Policy = RecordingPolicy.Default,
        RequestedAtUs = TestTrack.StartUs - 100_000,
        Room = new RoomFacts
        {
            RoomName = "Stand-up",
            HostId = "ann",
            Participants = [new ParticipantFacts { PeerId = "ann", DisplayName = "Ann", IsHost = true, JoinedAtUs = TestTrack.StartUs - 500_000 }],
            Policies = [new PolicyChange(TestTrack.StartUs - 100_000, "room_created", RecordingPolicy.Default)],
        },
    };

    public static TrackRegistration Track(string trackId, bool acknowledged = true, string participant = "ann") => new()
    {
        TrackId = trackId,
        ParticipantId = participant,
        Producer = new ProducerDescription { ProducerId = "p-" + trackId, PeerId = participant, Kind = "audio", TrackType = "mic", Codec = "opus" },
        StartedAtUs = TestTrack.StartUs,
        Acknowledged = acknowledged,
    };

    public static RecordingStop StopAfter(TimeSpan length, RecordingStatus status = RecordingStatus.Completed, bool compose = false) => new()
    {
        EndedAtUs = TestTrack.StartUs + RecordingLifecycle.Microseconds(length),
        Status = status,
        Reason = status == RecordingStatus.Completed ? "stopped" : "link_lost",
        RequesterId = "ann",
        TriggerPostProcessing = compose,
    };

    /// <summary>One activation in one process.</summary>
    public Activation Begin(ProcessLife? life = null) => new(this, life ?? new ProcessLife());

    /// <summary>Runs test code as a grain does: one piece at a time, pieces of several tasks in between each other.</summary>
    public static Task OnSchedulerAsync(Func<Task> body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();

    /// <summary>Stores a state as if the recording had run until the stop: two tracks, several segments each, one of them overlapping.</summary>
    public async Task PrepareStoppedAsync(bool compose = true, params string[] outputs)
    {
        var run = Begin();
        RecordingLifecycle.Open(run.State, Opening);
        if (outputs.Length > 0)
        {
            var changed = new PolicyChange(TestTrack.StartUs + 1_000_000, "policy_updated", RecordingPolicy.Default with { Outputs = outputs });
            RecordingLifecycle.UpdateRoom(run.State, Opening.Room with { Policies = [.. Opening.Room.Policies, changed] });
        }

        RecordingLifecycle.Started(run.State, TestTrack.StartUs);
        foreach (var track in new[] { "ann-audio", "bob-audio" })
        {
            RecordingLifecycle.AddTrack(run.State, Track(track, participant: track[..3]));
            RecordingLifecycle.Drained(run.State, track, TestTrack.Epoch, 300);
            await PutSegmentAsync(track, 1, 100);
            await PutSegmentAsync(track, 90, 121, activation: "other");
            await PutSegmentAsync(track, 201, 100);
        }

        run.Timeline.Add(1, Events);
        await run.Timeline.FlushAsync(CancellationToken.None);
        RecordingLifecycle.Stop(run.State, StopAfter(TimeSpan.FromSeconds(7), compose: compose), NowUs);
        run.Writer.Changed();
        await run.Writer.CommitAsync();
        Time.Advance(Options.ConcludeDelay);
    }

    public static TimelineEvent[] Events { get; } =
    [
        new() { TimeUs = TestTrack.StartUs - 500_000, Type = "peer_joined", PeerId = "ann", DisplayName = "Ann", IsHost = true },
        new() { TimeUs = TestTrack.StartUs, Type = "recording_started", RequesterId = "ann" },
        new() { TimeUs = TestTrack.StartUs + 1_000_000, Type = "active_speaker", PeerId = "ann", Volume = -30 },
        new() { TimeUs = TestTrack.StartUs + 6_000_000, Type = "peer_left", PeerId = "bob" },
    ];

    public static SegmentKey Key(ulong first, int count, ulong epoch = TestTrack.Epoch, string activation = "act") =>
        new(epoch, first, first + (ulong)count - 1, activation);

    public async Task<SegmentKey> PutSegmentAsync(string track, ulong first, int count, ulong epoch = TestTrack.Epoch, string activation = "act")
    {
        var key = Key(first, count, epoch, activation);
        var header = TestTrack.Header.Clone();
        header.TrackId = track;
        byte[] content = [.. TrackSection.Encode(header.ToByteArray()), .. TestTrack.DataBlock(first, count / 2, epoch), .. TestTrack.DataBlock(first + (ulong)(count / 2), count - (count / 2), epoch)];
        await Store.PutAsync(RecordingKeys.Segment(Prefix, track, key), content);
        return key;
    }

    public async Task<byte[]?> ReadAsync(string key)
    {
        await using var stored = await Store.GetAsync(key);
        return stored is null ? null : await stored.ReadAllAsync();
    }

    public async Task<MetadataDocument> MetadataAsync() => RecordingDocument.ReadMetadata(await ReadAsync(RecordingKeys.Metadata(Prefix)));

    /// <summary>The one correct end: terminal state, files, documents, hashes, nothing left over, everybody told.</summary>
    public async Task AssertFinishedAsync(RecordingStatus status, params string[] tracks)
    {
        var state = State;
        Assert.Equal(status, state.Status);
        Assert.Equal([RecordingId + "/terminal"], Stored.TerminalEvents);
        Assert.Equal([status], Stored.TerminalStatuses);
        Assert.False(state.HandoffPending);
        Assert.All(Neighbours.Ended, e => Assert.Equal((RecordingId, status), e));
        Assert.NotEmpty(Neighbours.Ended);
        Assert.True(Neighbours.Indexed is { Finished: true } && Neighbours.Indexed.Status == status);

        foreach (var name in new[] { "metadata", "timeline", "policy" })
        {
            Assert.Empty(await SchemaErrorsAsync(name, (await ReadAsync($"{Prefix}{name}.json"))!));
        }

        var metadata = await MetadataAsync();
        Assert.Equal(status.ToString(), metadata.Status, ignoreCase: true);
        foreach (var file in metadata.Integrity.Files)
        {
            var content = await ReadAsync(Prefix + file.File);
            Assert.NotNull(content);
            Assert.Equal(file.Bytes, content.Length);
            Assert.Equal(file.Sha256, Convert.ToHexStringLower(SHA256.HashData(content)));
        }

        Assert.Contains(metadata.Integrity.Files, static f => f.File == "timeline.json");
        Assert.Contains(metadata.Integrity.Files, static f => f.File == "policy.json");
        foreach (var track in tracks)
        {
            Assert.Contains(metadata.Integrity.Files, f => f.File == state.Tracks.Single(t => t.TrackId == track).File);
        }

        List<string> left = [];
        await foreach (var info in Store.ListAsync(RecordingKeys.Segments(Prefix)))
        {
            left.Add(info.Key);
        }

        Assert.Empty(left);
        Assert.Equal(tracks.Length, metadata.Integrity.Files.Count(static f => f.File.StartsWith("tracks/", StringComparison.Ordinal)));
        List<string> promised = [.. metadata.Integrity.Files.Select(static f => f.File).Append("metadata.json").Order(StringComparer.Ordinal)];
        List<string> there = [.. (await ContentsAsync()).Keys];
        Assert.Equal(promised, there, StringComparer.Ordinal);
    }

    /// <summary>Everything that is stored below the prefix: names, hashes.</summary>
    public async Task<SortedDictionary<string, string>> ContentsAsync()
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var info in Store.ListAsync(Prefix))
        {
            found[info.Key[Prefix.Length..]] = Convert.ToHexStringLower(SHA256.HashData((await ReadAsync(info.Key))!));
        }

        return found;
    }

    /// <summary>All packets from 1 to last are in the track file, once.</summary>
    public async Task AssertPacketsAsync(string track, params (ulong Epoch, ulong First, ulong Last)[] ranges)
    {
        List<(ulong Epoch, ulong Index)> found = [];
        var reader = new TrackFileReader(new MemoryStream((await ReadAsync(Prefix + State.Tracks.Single(t => t.TrackId == track).File))!));
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Data)
            {
                var header = reader.Header;
                var payload = new DataPayloadReader(reader.Payload.Span, header.BaseTimeUs);
                for (var index = header.FirstIndex; payload.Read(); index++)
                {
                    Assert.Equal(TestTrack.Packet(index, header.Epoch), payload.Packet.ToArray());
                    found.Add((header.Epoch, index));
                }
            }
        }

        Assert.Equal(0, reader.DamageCount);
        Assert.Equal(ranges.SelectMany(static r => Enumerable.Range(0, (int)(r.Last - r.First + 1)).Select(i => (r.Epoch, r.First + (ulong)i))), found);
    }

    public static async Task<IEnumerable<string>> SchemaErrorsAsync(string name, byte[] json)
    {
        var schema = await Schemas.GetOrAdd(name, static n => JsonSchema.FromJsonAsync(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "schemas", $"{n}.schema.json"))));
        return schema.Validate(Encoding.UTF8.GetString(json)).Select(static e => e.ToString()!);
    }

    /// <summary>What one activation holds in memory.</summary>
    internal sealed class Activation
    {
        private static int _activations;

        public Activation(TestRecording recording, ProcessLife life)
        {
            Life = life;
            var store = new MortalStore(recording.Store, life);
            Writer = new RecordingStateWriter(recording.Stored.Open(life));
            Timeline = new TimelineStore(store, Prefix, "t" + Interlocked.Increment(ref _activations).ToString(CultureInfo.InvariantCulture));
            Run = new RecordingRun(
                Writer, Timeline, store, recording.Neighbours.For(life), new StoredAssembly(store), new AssemblySlots(Microsoft.Extensions.Options.Options.Create(recording.Options)), recording.Options, recording.Time, new RecordingMetrics(), NullLogger.Instance);
        }

        public ProcessLife Life { get; }

        public RecordingStateWriter Writer { get; }

        public TimelineStore Timeline { get; }

        public RecordingRun Run { get; }

        public RecordingState State => Writer.State;

        public bool IsSuperseded { get; private set; }

        /// <summary>One pass; a conflict ends the activation, as it does in the grain.</summary>
        public async Task PassAsync()
        {
            try
            {
                await Run.AdvanceAsync(CancellationToken.None);
            }
            catch (InconsistentStateException)
            {
                IsSuperseded = true;
            }
        }
    }
}

using System.Text.Json;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Recordings.State;
using Recording.Grains.Rooms.State;
using Recording.Grains.State.Options;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Recordings.Check;

/// <summary>
/// Looks through a whole store for what belongs to nobody, is missing, or is not named where it should be; mends and removes on request. Works beside a
/// running service: nothing of a recording that is not finished is ever touched, and states and index are written by if-match.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="uploads">Its unfinished uploads; null = it has none.</param>
/// <param name="time">For ages.</param>
public sealed class StoreCheck(IObjectStore store, IUnfinishedUploads? uploads, TimeProvider time)
{
    private const string IndexFolder = RecordingKeys.StatePrefix + "recordingindex/";
    private const string RoomFolder = RecordingKeys.StatePrefix + "room/";
    private static readonly string ProcessedFolder = RecordingKeys.Processed("");

    /// <summary>An SFU that is still there goes on in its room's state when the room opens again.</summary>
    private static readonly TimeSpan RoomAge = TimeSpan.FromDays(7);

    private static readonly JsonSerializerOptions Json = new ObjectStoreGrainStorageOptions().Json;

    private readonly Dictionary<string, StoredRecording> _byPrefix = new(StringComparer.Ordinal);
    private readonly List<StoreFinding> _findings = [];
    private StoreCheckOptions _options = new();
    private UnfinishedJobs? _jobs;

    /// <summary>Runs the check once.</summary>
    /// <exception cref="RecordingException">4001: the store does not answer.</exception>
    public async Task<StoreCheckReport> RunAsync(StoreCheckOptions options, CancellationToken cancellationToken)
    {
        _options = options;
        _byPrefix.Clear();
        _findings.Clear();
        _jobs = null;
        await ReadStatesAsync(cancellationToken);
        await CheckIndexAsync(cancellationToken);
        var objects = await CheckObjectsAsync(cancellationToken);
        foreach (var recording in _byPrefix.Values)
        {
            await CheckRecordingAsync(recording, cancellationToken);
        }

        await CheckUploadsAsync(cancellationToken);
        return new StoreCheckReport
        {
            Recordings = _byPrefix.Count,
            Unfinished = _byPrefix.Values.Count(static r => !r.IsFinished),
            Deleted = _byPrefix.Values.Count(static r => r.State.DeletedAtUs > 0),
            Objects = objects,
            Findings = [.. _findings],
        };
    }

    private async Task ReadStatesAsync(CancellationToken cancellationToken)
    {
        List<ObjectInfo> states = [];
        await foreach (var info in store.ListAsync(IndexRebuild.StateFolder, cancellationToken))
        {
            states.Add(info);
        }

        foreach (var info in states)
        {
            await using var stored = await store.GetAsync(info.Key, cancellationToken: cancellationToken);
            if (stored is null)
            {
                continue;
            }

            try
            {
                if (JsonSerializer.Deserialize<RecordingState>(await stored.ReadAllAsync(cancellationToken), Json) is { Opening: { } opening } state)
                {
                    _byPrefix[opening.Prefix] = new StoredRecording(info.Key, stored.Info.ETag, state);
                    if (!_byPrefix[opening.Prefix].IsFinished)
                    {
                        _findings.Add(new StoreFinding(StoreFindingKind.Unfinished, opening.Prefix, opening.RecordingId, 0, RecordingLifecycle.PhaseOf(state).ToString().ToLowerInvariant()));
                    }
                }
            }
            catch (JsonException e)
            {
                _findings.Add(new StoreFinding(StoreFindingKind.DamagedState, info.Key, RecordingKeys.Decode(info.Key[IndexRebuild.StateFolder.Length..]), info.Size, e.Message));
            }
        }
    }

    private async Task CheckIndexAsync(CancellationToken cancellationToken)
    {
        var byId = _byPrefix.Values.ToDictionary(static r => r.Id, StringComparer.Ordinal);
        foreach (var shard in IndexShards.All)
        {
            List<(string Key, Exception Fault)> damaged = [];
            var index = new RecordingIndex(store, shard, (key, fault) => damaged.Add((key, fault)));
            await index.LoadAsync(cancellationToken);
            foreach (var (key, fault) in damaged)
            {
                _findings.Add(new StoreFinding(StoreFindingKind.DamagedIndex, key, "", 0, fault.Message) { IsMended = _options.Repair });
            }

            var known = index.Known.ToHashSet(StringComparer.Ordinal);
            foreach (var recording in byId.Values.Where(r => !known.Contains(r.Id) && IndexShards.Of(r.State.Opening!.RoomId) == shard))
            {
                await MendAsync(
                    new StoreFinding(StoreFindingKind.NotIndexed, recording.Key, recording.Id, 0, $"room '{recording.State.Opening!.RoomId}', shard {shard}"),
                    _options.Repair,
                    () => index.PutAsync(RecordingLifecycle.Summary(recording.State), cancellationToken));
            }

            // A state that cannot be read is no reason to forget its recording.
            foreach (var id in known.Where(id => !byId.ContainsKey(id) && !_findings.Exists(f => f.RecordingId == id) && IsOld(id)))
            {
                await MendAsync(
                    new StoreFinding(StoreFindingKind.IndexWithoutRecording, $"{IndexFolder}{shard}/", id, 0, "it was never created, or its state was removed"),
                    _options.Repair,
                    () => index.RemoveAsync(id, cancellationToken));
            }
        }
    }

    private async Task<long> CheckObjectsAsync(CancellationToken cancellationToken)
    {
        long objects = 0;
        List<StoreFinding> orphans = [];
        List<ObjectInfo> rooms = [];
        await foreach (var info in store.ListAsync("", cancellationToken))
        {
            objects++;
            if (info.Key.StartsWith(RecordingKeys.StatePrefix, StringComparison.Ordinal))
            {
                if (info.Key.StartsWith(RoomFolder, StringComparison.Ordinal) && IsOld(info) && time.GetUtcNow() - info.LastModified >= RoomAge)
                {
                    rooms.Add(info);
                }
            }
            else if (PrefixOf(info.Key) is { } prefix)
            {
                if (_byPrefix.TryGetValue(prefix, out var recording))
                {
                    recording.Found.Add(info);
                }
                else if (IsOld(info) && !_findings.Exists(f => f.Kind == StoreFindingKind.DamagedState && prefix.EndsWith($"/{f.RecordingId}/", StringComparison.Ordinal)))
                {
                    orphans.Add(Orphan(info, prefix, RecordingOf(prefix), "its recording has no state"));
                }
            }
        }

        foreach (var room in rooms)
        {
            if (await IsSpentAsync(room.Key, cancellationToken))
            {
                orphans.Add(new StoreFinding(StoreFindingKind.OrphanedState, room.Key, "", room.Size, $"the room closed before {room.LastModified:u}"));
            }
        }

        foreach (var orphan in orphans)
        {
            await RemoveAsync(orphan, cancellationToken);
        }

        return objects;
    }

    /// <summary>Whether a room's state says that nothing is open, under way or left to tell. What cannot be read is kept.</summary>
    private async Task<bool> IsSpentAsync(string key, CancellationToken cancellationToken)
    {
        await using var stored = await store.GetAsync(key, cancellationToken: cancellationToken);
        try
        {
            return stored is not null
                && (JsonSerializer.Deserialize<RoomState>(await stored.ReadAllAsync(cancellationToken), Json) is not { } room
                    || (room.Recording is null && room.Outboxes.Count == 0 && room.Links.Values.All(static link => !link.RoomOpen)));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private async Task CheckRecordingAsync(StoredRecording recording, CancellationToken cancellationToken)
    {
        if (!recording.IsFinished)
        {
            return;
        }

        var sizes = recording.Found.ToDictionary(static f => f.Key, static f => f.Size, StringComparer.Ordinal);
        foreach (var (key, bytes) in recording.State.DeletedAtUs > 0 ? [] : Manifest(recording.State))
        {
            if (!sizes.TryGetValue(key, out var size) || size != bytes)
            {
                _findings.Add(new StoreFinding(StoreFindingKind.MissingFile, key, recording.Id, bytes, sizes.ContainsKey(key) ? $"it has {size} bytes instead of {bytes}" : "it is not there"));
            }
        }

        await CheckLeftAsync(recording, cancellationToken);
    }

    /// <summary>What lies beside the complete tracks.</summary>
    private async Task CheckLeftAsync(StoredRecording recording, CancellationToken cancellationToken)
    {
        var prefix = recording.State.Opening!.Prefix;
        var manifest = RecordingLifecycle.Manifest(recording.State).ToHashSet(StringComparer.Ordinal);
        Dictionary<string, List<ObjectInfo>> late = new(StringComparer.Ordinal);
        List<ObjectInfo> unnamed = [];
        foreach (var info in recording.Found)
        {
            var name = info.Key[prefix.Length..];
            if (name.StartsWith("segments/", StringComparison.Ordinal))
            {
                var track = name.Split('/') is [_, var id, _] ? RecordingLifecycle.Find(recording.State, id) : null;
                if (track is not null && recording.State.DeletedAtUs == 0 && Media.TrackFiles.SegmentKey.TryParse(info.Key, out _)
                    && !RecordingLifecycle.Coverage(track).Covers(name[(name.LastIndexOf('/') + 1)..]))
                {
                    late.TryAdd(track.TrackId, []);
                    late[track.TrackId].Add(info);
                }
                else if (IsOld(info))
                {
                    await RemoveAsync(Orphan(info, prefix, recording.Id, "its recording is finished"), cancellationToken);
                }
            }
            else if (name.StartsWith("tracks/", StringComparison.Ordinal) && !manifest.Contains(info.Key) && IsOld(info))
            {
                await RemoveAsync(Orphan(info, prefix, recording.Id, "the manifest does not name it"), cancellationToken);
            }
            else if (recording.State.DeletedAtUs > 0 && name.StartsWith(ProcessedFolder, StringComparison.Ordinal) && IsOld(info))
            {
                await RemoveAsync(Orphan(info, prefix, recording.Id, "its recording was deleted before a job stored it"), cancellationToken);
            }
            else if (name.StartsWith(ProcessedFolder, StringComparison.Ordinal) && !manifest.Contains(info.Key) && IsOld(info))
            {
                unnamed.Add(info);
            }
        }

        if (unnamed.Count > 0)
        {
            await CheckUnnamedAsync(recording, unnamed, cancellationToken);
        }

        if (late.Count > 0)
        {
            await ReopenAsync(recording, late, cancellationToken);
        }
    }

    /// <summary>What jobs left that no output names. Jobs are read first, the recording then: what a job hands over in between is named there.</summary>
    private async Task CheckUnnamedAsync(StoredRecording recording, List<ObjectInfo> unnamed, CancellationToken cancellationToken)
    {
        _jobs ??= await UnfinishedJobs.ReadAsync(store, Json, IsOld, cancellationToken);
        if (_jobs.MayConcern(recording.Id) || await ReadStateAsync(recording.Key, cancellationToken) is not { DeletedAtUs: 0 } state)
        {
            return;
        }

        var named = RecordingLifecycle.Manifest(state).ToHashSet(StringComparer.Ordinal);
        foreach (var info in unnamed.Where(i => !named.Contains(i.Key)))
        {
            // A job that began since may have stored it anew.
            if (await store.HeadAsync(info.Key, cancellationToken) is { } now && IsOld(now))
            {
                await RemoveAsync(Orphan(now, recording.State.Opening!.Prefix, recording.Id, "no output names it, and no job is under way"), cancellationToken);
            }
        }
    }

    private async Task<RecordingState?> ReadStateAsync(string key, CancellationToken cancellationToken)
    {
        await using var stored = await store.GetAsync(key, cancellationToken: cancellationToken);
        return stored is null ? null : JsonSerializer.Deserialize<RecordingState>(await stored.ReadAllAsync(cancellationToken), Json);
    }

    private async Task ReopenAsync(StoredRecording recording, Dictionary<string, List<ObjectInfo>> late, CancellationToken cancellationToken)
    {
        var isReopened = false;
        if (_options.Repair)
        {
            foreach (var (trackId, segments) in late)
            {
                RecordingLifecycle.MarkLate(recording.State, trackId, segments.Select(static s => s.Key));
            }

            // The index first: what it names as unfinished is driven.
            var summary = RecordingLifecycle.Summary(recording.State);
            await new RecordingIndex(store, IndexShards.Of(summary.RoomId)).PutAsync(summary, cancellationToken);
            var json = JsonSerializer.SerializeToUtf8Bytes(recording.State, Json);
            isReopened = await store.PutAsync(recording.Key, json, PutCondition.Match(recording.ETag), cancellationToken) is not null;
        }

        foreach (var (trackId, segments) in late)
        {
            _findings.Add(new StoreFinding(
                StoreFindingKind.LateSegments,
                RecordingKeys.Segments(recording.State.Opening!.Prefix, trackId),
                recording.Id,
                segments.Sum(static s => s.Size),
                $"{segments.Count} segments hold packets that the complete track has not")
            { IsMended = isReopened });
        }
    }

    private async Task CheckUploadsAsync(CancellationToken cancellationToken)
    {
        if (uploads is null)
        {
            return;
        }

        List<UnfinishedUpload> found = [];
        await foreach (var upload in uploads.ListUnfinishedAsync("", cancellationToken))
        {
            found.Add(upload);
        }

        foreach (var upload in found.Where(u => time.GetUtcNow() - u.StartedAt >= _options.MinimumAge && !IsOfUnfinished(u.Key)))
        {
            await MendAsync(
                new StoreFinding(StoreFindingKind.UnfinishedUpload, upload.Key, PrefixOf(upload.Key) is { } prefix ? RecordingOf(prefix) : "", 0, $"begun {upload.StartedAt:u}"),
                _options.RemoveOrphans,
                () => uploads.AbortAsync(upload, cancellationToken));
        }
    }

    private bool IsOfUnfinished(string key) => PrefixOf(key) is { } prefix && _byPrefix.TryGetValue(prefix, out var recording) && !recording.IsFinished;

    private Task RemoveAsync(StoreFinding orphan, CancellationToken cancellationToken) =>
        MendAsync(orphan, _options.RemoveOrphans, () => store.DeleteAsync(orphan.Key, cancellationToken));

    private async Task MendAsync(StoreFinding finding, bool isAsked, Func<Task> mend)
    {
        if (isAsked)
        {
            await mend();
        }

        _findings.Add(finding with { IsMended = isAsked });
    }

    private bool IsOld(ObjectInfo info) => time.GetUtcNow() - info.LastModified >= _options.MinimumAge;

    private bool IsOld(string recordingId) => !RecordingId.IsValid(recordingId) || time.GetUtcNow() - RecordingId.TimeOf(recordingId) >= _options.MinimumAge;

    private static StoreFinding Orphan(ObjectInfo info, string prefix, string recordingId, string why) => new(
        info.Key.AsSpan(prefix.Length).StartsWith("segments/", StringComparison.Ordinal) ? StoreFindingKind.OrphanedSegment : StoreFindingKind.OrphanedFile,
        info.Key,
        recordingId,
        info.Size,
        why);

    /// <summary>The recording's prefix that a key lies under: it ends with the first element that is a recording's id, and is not the room's.</summary>
    private static string? PrefixOf(string key)
    {
        var start = key.StartsWith(RecordingKeys.RoomsPrefix, StringComparison.Ordinal) ? key.IndexOf('/', RecordingKeys.RoomsPrefix.Length) + 1 : 0;
        for (int from = start, to; (to = key.IndexOf('/', from)) >= 0; from = to + 1)
        {
            if (RecordingId.IsValid(key[from..to]))
            {
                return key[..(to + 1)];
            }
        }

        return null;
    }

    private static string RecordingOf(string prefix) => prefix[(prefix.LastIndexOf('/', prefix.Length - 2) + 1)..^1];

    private static IEnumerable<(string Key, long Bytes)> Manifest(RecordingState state)
    {
        var prefix = state.Opening!.Prefix;
        return state.Documents.Select(d => (prefix + d.File, d.Bytes))
            .Concat(state.Tracks.Where(static t => t.Assembled is not null).Select(t => (prefix + t.File, t.Assembled!.Size)))
            .Concat(state.Outputs.SelectMany(static o => o.Files()).Select(f => (prefix + f.File, f.Bytes)));
    }

    private sealed record StoredRecording(string Key, string ETag, RecordingState State)
    {
        public string Id => State.Opening!.RecordingId;

        public bool IsFinished => RecordingLifecycle.PhaseOf(State) == RecordingPhase.Finished;

        public List<ObjectInfo> Found { get; } = [];
    }
}

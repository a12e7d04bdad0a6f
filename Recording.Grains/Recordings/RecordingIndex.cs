using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Recording.Grains.Abstractions.Recordings;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>
/// The entries of one index shard: in memory, and in one object a month, <c>state/recordingindex/{shard}/{yyyy-MM}</c>, written by if-match.
/// A recording belongs to the month in which its id was minted.
/// </summary>
internal sealed class RecordingIndex(IObjectStore store, string shard, Action<string, Exception>? damaged = null)
{
    private const int MaxConflicts = 5;
    private const string OtherMonth = "other";

    private readonly string _folder = $"state/recordingindex/{shard}/";
    private readonly Dictionary<string, Month> _months = new(StringComparer.Ordinal);

    /// <summary>Entries that are not finished.</summary>
    public IReadOnlyList<RecordingSummary> Unfinished => [.. All().Where(static s => !s.Finished)];

    /// <summary>Ids of all entries.</summary>
    public string[] Known => [.. All().Select(static s => s.RecordingId)];

    /// <summary>Whether an object of the shard could not be read: then its entries have to be found again.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Entries whose time is over.</summary>
    public IReadOnlyList<RecordingSummary> Expired(long nowUs) => [.. All().Where(s => s.ExpiresAtUs > 0 && s.ExpiresAtUs <= nowUs && s.DeletedAtUs == 0)];

    /// <summary>Whether any entry has a time to go.</summary>
    public bool HasExpiring => All().Any(static s => s is { ExpiresAtUs: > 0, DeletedAtUs: 0 });

    /// <summary>Bytes of a room's complete recordings.</summary>
    public long BytesOf(string roomId) => All().Where(s => s.RoomId == roomId).Sum(static s => s.Bytes);

    /// <summary>Whether there is such an entry.</summary>
    public bool Knows(string recordingId) => _months.TryGetValue(MonthOf(recordingId), out var month) && month.Entries.ContainsKey(recordingId);

    /// <summary>Whether the shard was read.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Reads the shard; once.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (IsLoaded)
        {
            return;
        }

        List<string> names = [];
        await foreach (var info in store.ListAsync(_folder, cancellationToken))
        {
            names.Add(info.Key[_folder.Length..]);
        }

        foreach (var name in names)
        {
            _months[name] = await ReadAsync(name, cancellationToken);
        }

        IsLoaded = true;
    }

    /// <summary>Reads again what others wrote: another activation, or a repair beside the service.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        List<string> changed = [];
        await foreach (var info in store.ListAsync(_folder, cancellationToken))
        {
            var name = info.Key[_folder.Length..];
            if (!_months.TryGetValue(name, out var known) || known.ETag != info.ETag)
            {
                changed.Add(name);
            }
        }

        foreach (var name in changed)
        {
            _months[name] = await ReadAsync(name, cancellationToken);
        }
    }

    /// <summary>Adds or replaces an entry; it is stored when this returns.</summary>
    public Task PutAsync(RecordingSummary summary, CancellationToken cancellationToken) =>
        ChangeAsync(MonthOf(summary.RecordingId), entries =>
        {
            // An older activation's late word does not take an end back.
            if (entries.TryGetValue(summary.RecordingId, out var known) && (known == summary || (known.Finished && !summary.Finished && summary.Reopenings <= known.Reopenings)))
            {
                return false;
            }

            entries[summary.RecordingId] = summary;
            return true;
        }, cancellationToken);

    /// <summary>Removes an entry.</summary>
    public Task RemoveAsync(string recordingId, CancellationToken cancellationToken) =>
        ChangeAsync(MonthOf(recordingId), entries => entries.Remove(recordingId), cancellationToken);

    /// <summary>Entries that match, newest first.</summary>
    public RecordingSummary[] List(string? roomId, RecordingStatus? status, string? before, int limit) =>
    [
        .. All()
            .Where(s => s.DeletedAtUs == 0
                && (roomId is null || s.RoomId == roomId)
                && (status is null || s.Status == status)
                && (before is null || string.CompareOrdinal(s.RecordingId, before) < 0))
            .OrderByDescending(static s => s.RecordingId, StringComparer.Ordinal)
            .Take(Math.Max(0, limit)),
    ];

    private static string MonthOf(string recordingId) => RecordingId.IsValid(recordingId)
        ? RecordingId.TimeOf(recordingId).ToString("yyyy-MM", CultureInfo.InvariantCulture)
        : OtherMonth;

    private IEnumerable<RecordingSummary> All() => _months.Values.SelectMany(static m => m.Entries.Values);

    private async Task ChangeAsync(string name, Func<Dictionary<string, RecordingSummary>, bool> change, CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        for (var attempt = 0; attempt < MaxConflicts; attempt++)
        {
            var month = _months.TryGetValue(name, out var known) ? known : new Month(null, []);
            var entries = new Dictionary<string, RecordingSummary>(month.Entries, StringComparer.Ordinal);
            if (!change(entries))
            {
                return;
            }

            var json = JsonSerializer.SerializeToUtf8Bytes(new IndexMonth { Entries = [.. entries.Values] }, IndexContext.Default.IndexMonth);
            var condition = month.ETag is null ? PutCondition.Absent : PutCondition.Match(month.ETag);
            if (await store.PutAsync(_folder + name, json, condition, cancellationToken) is { } etag)
            {
                _months[name] = new Month(etag, entries);
                return;
            }

            // Another activation of this shard wrote: take what it wrote and change that.
            _months[name] = await ReadAsync(name, cancellationToken);
        }

        throw new RecordingException(RecordingErrorCode.StoreUnavailable, $"Index {_folder}{name} changed {MaxConflicts} times while it was written.");
    }

    private async Task<Month> ReadAsync(string name, CancellationToken cancellationToken)
    {
        await using var stored = await store.GetAsync(_folder + name, cancellationToken: cancellationToken);
        if (stored is null)
        {
            return new Month(null, []);
        }

        try
        {
            var content = JsonSerializer.Deserialize(await stored.ReadAllAsync(cancellationToken), IndexContext.Default.IndexMonth)
                ?? throw new JsonException("it is empty");
            return new Month(stored.Info.ETag, content.Entries.ToDictionary(static e => e.RecordingId, StringComparer.Ordinal));
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // Whatever it held follows from the recordings' states; the next write replaces it.
            IsDamaged = true;
            damaged?.Invoke(_folder + name, e);
            return new Month(stored.Info.ETag, []);
        }
    }

    private sealed record Month(string? ETag, Dictionary<string, RecordingSummary> Entries);
}

/// <summary>One month of a shard as it is stored.</summary>
internal sealed record IndexMonth
{
    /// <summary>The entries.</summary>
    public required List<RecordingSummary> Entries { get; init; }
}

/// <summary>Source-generated serialization of the index.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(IndexMonth))]
internal sealed partial class IndexContext : JsonSerializerContext;

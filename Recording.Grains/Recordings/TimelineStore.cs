using System.Globalization;
using System.Text.Json;
using Recording.Model;
using Recording.Model.Documents;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>
/// The events of one recording: in memory, and in chunk objects <c>{prefix}segments/timeline/{first:d20}-{last:d20}-{activation}.json</c>.
/// Each event has a sequence number given by the room; a chunk that was written twice, or overlaps another, changes nothing.
/// Not safe for concurrent use: its calls may interleave on one scheduler, but not run in parallel.
/// </summary>
internal sealed class TimelineStore(IObjectStore store, string prefix, string activation)
{
    /// <summary>So many small chunks in a row become one, so that a restart reads few objects.</summary>
    public const int ChunksToMerge = 32;

    /// <summary>Where the chunks lie below the prefix of the recording.</summary>
    public const string FolderName = "segments/timeline/";

    private const int SmallChunk = 1_024;
    private const int SequenceDigits = 20;
    private const string Extension = ".json";

    private readonly string _folder = prefix + FolderName;
    private readonly SortedDictionary<long, TimelineEvent> _events = [];
    private readonly SortedSet<long> _pending = [];
    private readonly List<Chunk> _chunks = [];
    private Task? _loading;
    private Task? _flushing;
    private List<TimelineEvent>? _ordered;

    /// <summary>Where an event may be the first: the sequence below the lowest one held.</summary>
    private long? _base;

    /// <summary>Every event up to this sequence is stored.</summary>
    public long Stored { get; private set; }

    /// <summary>Whether something waits to be stored.</summary>
    public bool HasPending => _pending.Count > 0;

    /// <summary>Events held.</summary>
    public int Count => _events.Count;

    /// <summary>Rises with each event that is new.</summary>
    public long Version { get; private set; }

    /// <summary>All events by time; those of one time in order of their sequence.</summary>
    public IReadOnlyList<TimelineEvent> Events => _ordered ??= [.. _events.Values.OrderBy(static e => e.TimeUs)];

    /// <summary>Whether the newest pause or resume was a pause.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>Nothing more is taken: the documents are being made final.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>Reads what an earlier activation stored; once, again after a failure.</summary>
    /// <param name="isFinal">The documents are final and the chunks may be gone: timeline.json is read instead.</param>
    /// <param name="cancellationToken">Ends the calls to the store.</param>
    public Task LoadAsync(bool isFinal, CancellationToken cancellationToken)
    {
        if (_loading is null or { IsFaulted: true } or { IsCanceled: true })
        {
            _loading = isFinal ? ReadFinalAsync(cancellationToken) : ReadChunksAsync(cancellationToken);
        }

        return _loading;
    }

    /// <summary>Takes nothing more; what comes is dropped.</summary>
    public void Freeze() => IsFrozen = true;

    /// <summary>Takes events in memory; those already held are skipped.</summary>
    public void Add(long firstSequence, IReadOnlyList<TimelineEvent> events)
    {
        if (IsFrozen)
        {
            return;
        }

        for (var i = 0; i < events.Count; i++)
        {
            if (Take(firstSequence + i, events[i]))
            {
                _pending.Add(firstSequence + i);
            }
        }

        Advance();
    }

    /// <summary>Stores what is pending; when it returns, everything that was added before the call is stored.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (HasPending)
        {
            if (_flushing is { IsCompleted: false } running)
            {
                await running;
                continue;
            }

            _flushing = WritePendingAsync(cancellationToken);
            await _flushing;
        }
    }

    private static bool TryParseName(string key, out long first, out long last)
    {
        first = last = 0;
        var name = key.AsSpan(key.LastIndexOf('/') + 1);
        return name.Length > (2 * SequenceDigits) + 1
            && name.EndsWith(Extension, StringComparison.Ordinal)
            && long.TryParse(name[..SequenceDigits], NumberStyles.None, CultureInfo.InvariantCulture, out first)
            && long.TryParse(name.Slice(SequenceDigits + 1, SequenceDigits), NumberStyles.None, CultureInfo.InvariantCulture, out last)
            && last >= first;
    }

    private async Task ReadFinalAsync(CancellationToken cancellationToken)
    {
        IsFrozen = true;
        await using var stored = await store.GetAsync(RecordingKeys.Timeline(prefix), cancellationToken: cancellationToken)
            ?? throw new RecordingException(RecordingErrorCode.NotFound, $"{RecordingKeys.Timeline(prefix)} is missing.");
        var document = RecordingDocument.ReadTimeline(await stored.ReadAllAsync(cancellationToken));
        for (var i = 0; i < document.Timeline.Events.Count; i++)
        {
            Take(i + 1, document.Timeline.Events[i]);
        }

        Advance();
    }

    private async Task ReadChunksAsync(CancellationToken cancellationToken)
    {
        _chunks.Clear();
        List<Chunk> found = [];
        await foreach (var info in store.ListAsync(_folder, cancellationToken))
        {
            if (TryParseName(info.Key, out var first, out var last))
            {
                found.Add(new Chunk(info.Key, first, last));
            }
        }

        var covered = long.MinValue;
        foreach (var chunk in found.OrderBy(static c => c.First).ThenByDescending(static c => c.Last))
        {
            if (chunk.Last > covered)
            {
                await ReadChunkAsync(chunk, cancellationToken);
                covered = chunk.Last;
            }
        }

        Advance();
    }

    private async Task ReadChunkAsync(Chunk chunk, CancellationToken cancellationToken)
    {
        // Gone between listing and reading: it was merged into one that the listing shows, or that a newer listing would.
        await using var stored = await store.GetAsync(chunk.Key, cancellationToken: cancellationToken);
        if (stored is null)
        {
            return;
        }

        TimelineChunk? content;
        try
        {
            content = JsonSerializer.Deserialize(await stored.ReadAllAsync(cancellationToken), TimelineChunkContext.Default.TimelineChunk);
        }
        catch (JsonException e)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"Timeline chunk {chunk.Key} cannot be read: {e.Message}", e);
        }

        _chunks.Add(chunk);
        for (var i = 0; i < content!.Events.Count; i++)
        {
            Take(content.First + i, content.Events[i]);
            _pending.Remove(content.First + i);
        }
    }

    private bool Take(long sequence, TimelineEvent entry)
    {
        if (!_events.TryAdd(sequence, entry))
        {
            return false;
        }

        if (_base is null || sequence <= _base)
        {
            _base = sequence - 1;
            Stored = sequence - 1;
        }

        IsPaused = entry.Type switch
        {
            "recording_paused" => true,
            "recording_resumed" => false,
            _ => IsPaused,
        };
        _ordered = null;
        Version++;
        return true;
    }

    private void Advance()
    {
        while (_events.ContainsKey(Stored + 1) && !_pending.Contains(Stored + 1))
        {
            Stored++;
        }
    }

    private async Task WritePendingAsync(CancellationToken cancellationToken)
    {
        // Frozen here: what is added while a Put is under way waits for the next round.
        foreach (var (first, last) in Runs([.. _pending]))
        {
            await WriteChunkAsync(first, last, cancellationToken);
            for (var sequence = first; sequence <= last; sequence++)
            {
                _pending.Remove(sequence);
            }

            Advance();
        }

        await MergeAsync(cancellationToken);
    }

    private async Task<Chunk> WriteChunkAsync(long first, long last, CancellationToken cancellationToken)
    {
        var content = new TimelineChunk { First = first, Events = [.. Sequences(first, last).Select(s => _events[s])] };
        var chunk = new Chunk(string.Create(CultureInfo.InvariantCulture, $"{_folder}{first:d20}-{last:d20}-{activation}{Extension}"), first, last);
        await store.PutAsync(chunk.Key, JsonSerializer.SerializeToUtf8Bytes(content, TimelineChunkContext.Default.TimelineChunk), cancellationToken: cancellationToken);
        _chunks.Add(chunk);
        return chunk;
    }

    private async Task MergeAsync(CancellationToken cancellationToken)
    {
        var from = _chunks.Count;
        while (from > 0 && _chunks[from - 1].Length < SmallChunk && (from == _chunks.Count || _chunks[from - 1].Last + 1 == _chunks[from].First))
        {
            from--;
        }

        var small = _chunks[from..];
        if (small.Count < ChunksToMerge)
        {
            return;
        }

        var merged = await WriteChunkAsync(small[0].First, small[^1].Last, cancellationToken);
        foreach (var chunk in small.Where(c => c.Key != merged.Key))
        {
            await store.DeleteAsync(chunk.Key, cancellationToken);
            _chunks.Remove(chunk);
        }
    }

    private static IEnumerable<(long First, long Last)> Runs(IReadOnlyList<long> sequences)
    {
        for (var i = 0; i < sequences.Count;)
        {
            var j = i;
            while (j + 1 < sequences.Count && sequences[j + 1] == sequences[j] + 1)
            {
                j++;
            }

            yield return (sequences[i], sequences[j]);
            i = j + 1;
        }
    }

    private static IEnumerable<long> Sequences(long first, long last)
    {
        for (var sequence = first; sequence <= last; sequence++)
        {
            yield return sequence;
        }
    }

    private sealed record Chunk(string Key, long First, long Last)
    {
        public long Length => Last - First + 1;
    }
}

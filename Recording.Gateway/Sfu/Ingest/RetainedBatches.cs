using Recording.Gateway.Sfu.Spool;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>
/// The batches of one track that are not stored, in index order, with the place from which they are sent. The oldest may lie in the spool: then only
/// their indexes are here. Bounded by the caller.
/// </summary>
internal sealed class RetainedBatches(GatewayMemory memory, PacketSpool? spool = null)
{
    private readonly List<RetainedBatch> _batches = [];
    private int _head;
    private int _cursor;

    // All before it are on disk, all from it on in memory.
    private int _spooled;

    /// <summary>Bytes held in memory.</summary>
    public long Bytes { get; private set; }

    /// <summary>Batches on disk.</summary>
    public int SpooledCount => Math.Max(0, _spooled - _head);

    /// <summary>Index behind the last one on disk, where nothing before it is in memory only; 0 = none.</summary>
    public ulong SpooledEnd => _spooled > _head ? _batches[_spooled - 1].EndIndex : 0;

    /// <summary>The oldest batch that is in memory only.</summary>
    public RetainedBatch? FirstInMemory => Math.Max(_spooled, _head) is var at && at < _batches.Count ? _batches[at] : null;

    /// <summary>Bytes that were sent and are not stored.</summary>
    public long SentBytes { get; private set; }

    public bool IsEmpty => _head == _batches.Count;

    public int Count => _batches.Count - _head;

    /// <summary>First index that is held; 0 = none.</summary>
    public ulong FirstIndex => IsEmpty ? 0 : _batches[_head].FirstIndex;

    /// <summary>Index behind the last one that is held; 0 = none.</summary>
    public ulong EndIndex => IsEmpty ? 0 : _batches[^1].EndIndex;

    /// <summary>The batch to be sent next; null = all were sent.</summary>
    public RetainedBatch? Next => _cursor < _batches.Count ? _batches[_cursor] : null;

    /// <summary>The first index that can still be given, where <paramref name="batch"/> is about to be sent.</summary>
    public ulong RetainedFrom(RetainedBatch batch) => batch.AfterHole ? batch.FirstIndex : FirstIndex;

    public void Add(RetainedBatch batch)
    {
        if (batch.Record is not null)
        {
            _spooled = _batches.Count + 1;
        }

        _batches.Add(batch);
        Bytes += batch.Blocks.Length;
        memory.Take(batch.Blocks.Length);
    }

    /// <summary>What of the memory is worth writing to disk: runs without a hole, each on one side of the place from which is sent.</summary>
    /// <param name="keptBefore">Only batches that are kept since before this timestamp.</param>
    /// <param name="maxRun">Bytes of a run, unless a single batch is longer.</param>
    /// <param name="maxBytes">Bytes of all.</param>
    public List<SpoolRun> RunsToSpool(long keptBefore, int maxRun, long maxBytes)
    {
        List<SpoolRun> runs = [];
        List<RetainedBatch> run = [];
        int length = 0;
        for (int i = Math.Max(_spooled, _head); i < _batches.Count && maxBytes > 0 && _batches[i].RetainedAt <= keptBefore; i++)
        {
            RetainedBatch batch = _batches[i];
            if (run.Count > 0 && (length + batch.Length > maxRun || i == _cursor || batch.AfterHole || batch.FirstIndex != run[^1].EndIndex))
            {
                runs.Add(new SpoolRun([.. run]));
                run.Clear();
                length = 0;
            }

            run.Add(batch);
            length += batch.Length;
            maxBytes -= batch.Length;
        }

        if (run.Count > 0)
        {
            runs.Add(new SpoolRun([.. run]));
        }

        return runs;
    }

    /// <summary>A run is durable on disk: its record takes the place of what is still kept of it. False = nothing is, or it was changed meanwhile.</summary>
    public bool MoveToSpool(SpoolRun run, SpoolRecord record)
    {
        int at = Math.Max(_spooled, _head);
        int gone = 0;
        while (gone < run.Batches.Length && (at == _batches.Count || !ReferenceEquals(_batches[at], run.Batches[gone])))
        {
            gone++;
        }

        int count = run.Batches.Length - gone;
        for (int i = 0; i < count; i++)
        {
            if (at + i == _batches.Count || !ReferenceEquals(_batches[at + i], run.Batches[gone + i]))
            {
                return false;
            }
        }

        if (count == 0)
        {
            return false;
        }

        if (_cursor > at && _cursor < at + count)
        {
            // Half of it was sent: it is sent again as a whole, and the track leaves out what it has.
            while (_cursor > at)
            {
                SentBytes -= _batches[--_cursor].Length;
            }
        }

        long before = 0;
        for (int i = at; i < at + count; i++)
        {
            before += _batches[i].Length;
        }

        if (_cursor >= at + count)
        {
            _cursor -= count - 1;
            SentBytes += record.Length - before;
        }

        Bytes -= before;
        memory.Give(before);
        _batches[at] = new RetainedBatch(record.FirstIndex, record.Count, [], record.AfterHole) { Record = record, RetainedAt = _batches[at].RetainedAt };
        _batches.RemoveRange(at + 1, count - 1);
        _spooled = at + 1;
        return true;
    }

    /// <summary>The batch behind <see cref="Next"/> is next.</summary>
    public void Advance()
    {
        SentBytes += _batches[_cursor].Length;
        _cursor++;
    }

    /// <summary>The receiver wants <paramref name="index"/> next: earlier batches need not be sent again, later ones must.</summary>
    /// <param name="index">The index.</param>
    /// <param name="isNew">The receiver may be a new one, which has none of the markers before that index.</param>
    public void SeekTo(ulong index, bool isNew)
    {
        int sent = isNew ? 0 : _cursor;
        _cursor = _head;
        SentBytes = 0;
        while (_cursor < _batches.Count && (_batches[_cursor].EndIndex < index || (_batches[_cursor].EndIndex == index && (_batches[_cursor].Count > 0 || _cursor < sent))))
        {
            Advance();
        }
    }

    /// <summary>Everything up to and with <paramref name="index"/> is stored; markers behind it may not be.</summary>
    public void Release(ulong index)
    {
        while (_head < _batches.Count && (_batches[_head].EndIndex <= index || (_batches[_head].EndIndex == index + 1 && _batches[_head].Count > 0)))
        {
            Drop();
        }

        Compact();
    }

    /// <summary>Whatever the receiver took is stored: markers at the front that were sent are not needed any more.</summary>
    public void ReleaseMarkers()
    {
        while (_head < _cursor && _batches[_head].Count == 0)
        {
            Drop();
        }

        Compact();
    }

    /// <summary>Replaces the batch to be sent next by one with the same indexes.</summary>
    public void ReplaceNext(RetainedBatch batch)
    {
        RetainedBatch replaced = _batches[_cursor];
        int change = batch.Blocks.Length - replaced.Blocks.Length;
        _batches[_cursor] = batch with { RetainedAt = replaced.RetainedAt };
        Bytes += change;
        memory.Take(change);
        if (replaced.Record is { } record)
        {
            spool!.Release(record);
        }
    }

    /// <summary>Forgets all; answers how many packets that were.</summary>
    public long Clear()
    {
        long packets = 0;
        while (_head < _batches.Count)
        {
            packets += _batches[_head].Count;
            Drop();
        }

        Compact();
        return packets;
    }

    private void Drop()
    {
        RetainedBatch batch = _batches[_head];
        Bytes -= batch.Blocks.Length;
        memory.Give(batch.Blocks.Length);
        if (batch.Record is { } record)
        {
            spool!.Release(record);
        }

        if (_cursor > _head)
        {
            SentBytes -= batch.Length;
        }
        else
        {
            _cursor = _head + 1;
        }

        _batches[_head++] = null!;
    }

    private void Compact()
    {
        if (_head == _batches.Count)
        {
            _batches.Clear();
            _spooled = _cursor = _head = 0;
        }
        else if (_head > 64 && _head > _batches.Count / 2)
        {
            _batches.RemoveRange(0, _head);
            _cursor -= _head;
            _spooled = Math.Max(0, _spooled - _head);
            _head = 0;
        }
    }
}

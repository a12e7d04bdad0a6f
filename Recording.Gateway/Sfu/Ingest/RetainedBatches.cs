namespace Recording.Gateway.Sfu.Ingest;

/// <summary>
/// The batches of one track that are not stored, in index order, with the place from which they are sent. Bounded by the caller: what no longer
/// fits in memory belongs in a spool, which would stand behind this class with the same index rules.
/// </summary>
internal sealed class RetainedBatches(GatewayMemory memory)
{
    private readonly List<RetainedBatch> _batches = [];
    private int _head;
    private int _cursor;

    /// <summary>Bytes held.</summary>
    public long Bytes { get; private set; }

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
        _batches.Add(batch);
        Bytes += batch.Blocks.Length;
        memory.Take(batch.Blocks.Length);
    }

    /// <summary>The batch behind <see cref="Next"/> is next.</summary>
    public void Advance()
    {
        SentBytes += _batches[_cursor].Blocks.Length;
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
        int change = batch.Blocks.Length - _batches[_cursor].Blocks.Length;
        _batches[_cursor] = batch;
        Bytes += change;
        memory.Take(change);
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
        int length = _batches[_head].Blocks.Length;
        Bytes -= length;
        memory.Give(length);
        if (_cursor > _head)
        {
            SentBytes -= length;
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
            _cursor = _head = 0;
        }
        else if (_head > 64 && _head > _batches.Count / 2)
        {
            _batches.RemoveRange(0, _head);
            _cursor -= _head;
            _head = 0;
        }
    }
}

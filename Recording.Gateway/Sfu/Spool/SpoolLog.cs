using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Recording.Media.TrackFiles;
using Recording.Storage.Internal;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>
/// Writes batches of all tracks one behind the other into the files of one folder: whatever has gathered is written and flushed together, so that many
/// tracks do not cause many flushes. Used by the spool's own thread only. Nothing counts before its flush returned; after a failure the file is left
/// as it is and another one begun, because what the disk has of it is not known.
/// </summary>
internal sealed class SpoolLog(SpoolFolder folder, SpoolOptions options, SpoolMetrics metrics, TimeProvider time) : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private const long KeptBytes = 1 << 20;

    private readonly ArrayBufferWriter<byte> _buffer = new(BufferBytes);
    private readonly HashSet<ulong> _tracksInHead = [];
    private SafeFileHandle? _handle;
    private SpoolFile? _head;
    private long _offset;
    private int _fileNumber;

    /// <summary>Writes and flushes; answers the record of each run, in order.</summary>
    /// <exception cref="IOException">Nothing of it counts.</exception>
    public List<SpoolRecord[]> Write(IReadOnlyList<SpoolWrite> writes)
    {
        var placed = new List<SpoolRecord[]>(writes.Count);
        var taken = new List<SpoolRecord>();
        try
        {
            foreach (SpoolWrite write in writes)
            {
                var records = new SpoolRecord[write.Runs.Count];
                for (int i = 0; i < records.Length; i++)
                {
                    // Needed from now on: a file that ends within this round must not count as empty.
                    records[i] = Append(write.Track, write.Runs[i]);
                    records[i].Place.File.Take(records[i]);
                    taken.Add(records[i]);
                }

                placed.Add(records);
            }

            Flush();
        }
        catch
        {
            _buffer.ResetWrittenCount();
            GiveUpHead();
            foreach (SpoolRecord record in taken)
            {
                if (record.Place.File.Give(record))
                {
                    Emptied?.Invoke(record.Place.File);
                }
            }

            throw;
        }

        foreach (SpoolRecord record in taken)
        {
            record.Track.AddRecords(1);
        }

        return placed;
    }

    /// <summary>Ends the file that is being written when nothing in it is needed and its space is worth something.</summary>
    /// <param name="isFull">Any space is.</param>
    public void CloseEmptyHead(bool isFull)
    {
        if (_head is { Live: 0 } head && head.Length > (isFull ? 0 : KeptBytes))
        {
            CloseHead();
        }
    }

    /// <summary>Ends the file that is being written.</summary>
    public void CloseHead()
    {
        _handle?.Dispose();
        _handle = null;
        if (_head is { } head)
        {
            head.IsHead = false;
            _head = null;
            if (head.Live == 0)
            {
                Emptied?.Invoke(head);
            }
        }
    }

    /// <summary>A file was begun.</summary>
    public Action<SpoolFile>? Begun { get; init; }

    /// <summary>A file ended that holds nothing that is needed.</summary>
    public Action<SpoolFile>? Emptied { get; init; }

    /// <inheritdoc />
    public void Dispose() => CloseHead();

    private SpoolRecord Append(SpoolTrack track, SpoolRun run)
    {
        int length = SpoolBlockKind.NumberSize + run.Length;
        if (_head is not null && _offset + _buffer.WrittenCount + length > options.FileLimit && _offset + _buffer.WrittenCount > 0)
        {
            Flush();
            CloseHead();
        }

        OpenHead();
        if (_tracksInHead.Add(track.Number))
        {
            SpoolJournal.WriteTrack(_buffer, track);
        }

        long nowUs = UnixTime.Microseconds(time);
        var record = new SpoolRecord(track, run.FirstIndex, run.Count, run.Length, run.AfterHole) { Place = new SpoolPlace(_head!, _offset + _buffer.WrittenCount) };
        byte[] payload = ArrayPool<byte>.Shared.Rent(length);
        BinaryPrimitives.WriteUInt64LittleEndian(payload, track.Number);
        int at = SpoolBlockKind.NumberSize;
        foreach (Ingest.RetainedBatch batch in run.Batches)
        {
            batch.Blocks.CopyTo(payload, at);
            at += batch.Blocks.Length;
        }

        var header = new BlockHeader(
            SpoolBlockKind.Batch, run.AfterHole ? SpoolBlockKind.AfterHole : BlockFlags.None, length, run.Count, track.Epoch, run.FirstIndex, 0, nowUs);
        Block.Write(_buffer, header, payload.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(payload);
        if (_buffer.WrittenCount >= BufferBytes)
        {
            WriteOut();
        }

        return record;
    }

    private void WriteOut()
    {
        if (_buffer.WrittenCount > 0)
        {
            RandomAccess.Write(_handle!, _buffer.WrittenSpan, _offset);
            metrics.Written(_buffer.WrittenCount);
            _offset += _buffer.WrittenCount;
            _head!.Length = _offset;
            _buffer.ResetWrittenCount();
        }
    }

    private void Flush()
    {
        WriteOut();
        if (_handle is not null)
        {
            long started = time.GetTimestamp();
            RandomAccess.FlushToDisk(_handle);
            metrics.Flushed(time.GetElapsedTime(started));
        }
    }

    private void OpenHead()
    {
        if (_head is not null)
        {
            return;
        }

        // Numbers run on past files that an earlier run of this process left unread.
        string path;
        do
        {
            path = Path.Combine(folder.Path, $"{++_fileNumber:D8}.spool");
        }
        while (File.Exists(path));

        _handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        DirectoryFlush.Flush(folder.Path);
        _head = new SpoolFile(folder, path, time.GetUtcNow()) { IsHead = true };
        _offset = 0;
        _tracksInHead.Clear();
        Begun?.Invoke(_head);
    }

    private void GiveUpHead()
    {
        try
        {
            CloseHead();
        }
        catch (IOException)
        {
            // The disk fails already.
        }
    }
}

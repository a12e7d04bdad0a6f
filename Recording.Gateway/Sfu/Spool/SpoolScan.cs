using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using Recording.Gateway.Sfu.Ingest;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>
/// Reads a folder that another process left. Of batches only the frames are read: their content is checked when it is brought to its track. A file that
/// just ends is what a kill leaves, and nothing of its last record was acknowledged; anything else that does not fit is damage.
/// </summary>
internal sealed class SpoolScan(SpoolFolder folder, Action<string, long, string> damaged)
{
    private const int WindowBytes = 64 << 10;

    private readonly Dictionary<ulong, SpoolTrack> _tracks = [];
    private readonly Dictionary<ulong, List<SpoolRecord>> _records = [];
    private readonly HashSet<ulong> _done = [];

    /// <summary>Files with batches.</summary>
    public List<SpoolFile> Files { get; } = [];

    /// <summary>Whether nothing was damaged.</summary>
    public bool IsWhole { get; private set; } = true;

    /// <summary>Reads all; answers every track that is not done.</summary>
    public IReadOnlyList<AdoptedTrack> Run()
    {
        string journal = Path.Combine(folder.Path, SpoolFolder.JournalName);
        if (File.Exists(journal))
        {
            Read(journal, null);
        }

        foreach (string path in Directory.EnumerateFiles(folder.Path, SpoolFolder.FilePattern).Order(StringComparer.Ordinal))
        {
            var file = new SpoolFile(folder, path, new DateTimeOffset(File.GetLastWriteTimeUtc(path))) { Length = new FileInfo(path).Length };
            Files.Add(file);
            Read(path, file);
        }

        return [.. _tracks.Values.Where(t => !_done.Contains(t.Number) || _records.ContainsKey(t.Number))
            .Select(t => new AdoptedTrack(t, Ordered(t.Number), IsWhole))];
    }

    private List<SpoolRecord> Ordered(ulong number) =>
        _records.TryGetValue(number, out List<SpoolRecord>? records) ? [.. records.OrderBy(static r => r.FirstIndex).ThenBy(static r => r.Count)] : [];

    private void Read(string path, SpoolFile? file)
    {
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        long length = RandomAccess.GetLength(handle);
        Span<byte> head = stackalloc byte[BlockHeader.Size + SpoolBlockKind.NumberSize];
        for (long offset = 0; offset < length;)
        {
            int read = ReadFully(handle, head, offset);
            if (!BlockHeader.TryRead(head[..read], out BlockHeader header) || !SpoolBlockKind.IsRecord(header.Kind))
            {
                long next = FindNext(handle, offset + 1, length);
                if (next >= 0 || !IsTornTail(handle, offset, length))
                {
                    Report(path, file, offset, "a record's frame is damaged");
                }

                if (next < 0)
                {
                    return;
                }

                offset = next;
                continue;
            }

            if (offset + header.BlockLength > length)
            {
                // Cut short: a kill in mid-write.
                return;
            }

            Take(path, file, handle, offset, header, head[BlockHeader.Size..]);
            offset += header.BlockLength;
        }
    }

    private void Take(string path, SpoolFile? file, SafeFileHandle handle, long offset, BlockHeader header, ReadOnlySpan<byte> start)
    {
        if (header.Kind == SpoolBlockKind.Batch)
        {
            ulong number = BinaryPrimitives.ReadUInt64LittleEndian(start);
            int length = header.PayloadLength - SpoolBlockKind.NumberSize;
            if (file is null || length < 0 || !_tracks.TryGetValue(number, out SpoolTrack? track) || track.Epoch != header.Epoch)
            {
                Report(path, file, offset, "a batch belongs to no known track");
                return;
            }

            var record = new SpoolRecord(track, header.FirstIndex, header.PacketCount, length, header.Flags.HasFlag(SpoolBlockKind.AfterHole)) { Place = new SpoolPlace(file, offset) };
            if (!_records.TryGetValue(number, out List<SpoolRecord>? records))
            {
                _records.Add(number, records = []);
            }

            records.Add(record);
            return;
        }

        byte[] block = new byte[header.BlockLength];
        if (ReadFully(handle, block, offset) < block.Length || !Block.TryRead(block, out _, out ReadOnlySpan<byte> payload) || !TryNote(header.Kind, payload))
        {
            Report(path, file, offset, "a record of a track is damaged");
        }
    }

    private bool TryNote(BlockKind kind, ReadOnlySpan<byte> payload)
    {
        try
        {
            if (kind == SpoolBlockKind.Track)
            {
                Wire.Track wire = Wire.Track.Parser.ParseFrom(payload);
                if (!_tracks.TryGetValue(wire.Number, out SpoolTrack? known))
                {
                    _tracks.Add(wire.Number, new SpoolTrack(folder, wire.Number, IdentityOf(wire), wire.Epoch, (IngestKind)wire.IngestKind, wire.Header.ToByteArray()));
                }
                else if (!_records.ContainsKey(wire.Number))
                {
                    // What holds where its first batch begins, which is what the track's next segment begins with.
                    known.Header = wire.Header.ToByteArray();
                }
            }
            else if (kind == SpoolBlockKind.End)
            {
                Wire.TrackEnd end = Wire.TrackEnd.Parser.ParseFrom(payload);
                if (_tracks.TryGetValue(end.Number, out SpoolTrack? track))
                {
                    track.LastIndex = end.LastIndex;
                }
            }
            else
            {
                _done.Add(Wire.TrackDone.Parser.ParseFrom(payload).Number);
            }

            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private static TrackIdentity IdentityOf(Wire.Track wire)
    {
        TrackHeader header = TrackHeader.Parser.ParseFrom(wire.Header);
        return new TrackIdentity
        {
            RoomId = header.RoomId,
            RecordingId = header.RecordingId,
            Prefix = wire.Prefix,
            TrackId = header.TrackId,
            ProducerId = header.ProducerId,
            PeerId = header.PeerId,
            DisplayName = header.DisplayName,
            Kind = header.Kind,
            TrackType = header.TrackType,
            IsScreenshare = header.IsScreenshare,
        };
    }

    private void Report(string path, SpoolFile? file, long offset, string reason)
    {
        IsWhole = false;
        if (file is not null)
        {
            file.IsDamaged = true;
        }

        damaged(path, offset, reason);
    }

    /// <summary>Where the next sound frame of a record begins; -1 = there is none.</summary>
    private static long FindNext(SafeFileHandle handle, long from, long length)
    {
        byte[] window = ArrayPool<byte>.Shared.Rent(WindowBytes);
        try
        {
            for (long at = from; at < length;)
            {
                int read = ReadFully(handle, window.AsSpan(0, WindowBytes), at);
                Span<byte> seen = window.AsSpan(0, read);
                int skipped = 0;
                while (seen[skipped..].IndexOf(BlockHeader.Magic) is var found and >= 0)
                {
                    skipped += found;
                    if (skipped + BlockHeader.Size > read && at + read < length)
                    {
                        break;
                    }

                    if (BlockHeader.TryRead(seen[skipped..], out BlockHeader header) && SpoolBlockKind.IsRecord(header.Kind))
                    {
                        return at + skipped;
                    }

                    skipped++;
                }

                // A frame may lie across two windows.
                at += read < WindowBytes ? read : Math.Max(1, read - BlockHeader.Size);
            }

            return -1;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    /// <summary>Less than a frame, or space that the file system gave and nothing was written to.</summary>
    private static bool IsTornTail(SafeFileHandle handle, long offset, long length)
    {
        if (length - offset < BlockHeader.Size)
        {
            return true;
        }

        byte[] window = new byte[WindowBytes];
        for (long at = offset; at < length; at += WindowBytes)
        {
            int read = ReadFully(handle, window, at);
            if (window.AsSpan(0, read).IndexOfAnyExcept((byte)0) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    private static int ReadFully(SafeFileHandle handle, Span<byte> target, long offset)
    {
        int read = 0;
        while (read < target.Length && RandomAccess.Read(handle, target[read..], offset + read) is var more and > 0)
        {
            read += more;
        }

        return read;
    }
}

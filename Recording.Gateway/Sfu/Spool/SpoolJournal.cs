using System.Buffers;
using Google.Protobuf;
using Microsoft.Win32.SafeHandles;
using Recording.Media.TrackFiles;
using Recording.Storage.Internal;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>
/// Which tracks this process feeds, so that whoever finds its folder after it died knows which sessions are over and who waits for them. Used by the
/// spool's own thread only.
/// </summary>
internal sealed class SpoolJournal(SpoolFolder folder) : IDisposable
{
    private const long CompactFrom = 1 << 20;

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Dictionary<ulong, SpoolTrack> _open = [];
    private SafeFileHandle? _handle;
    private long _length;
    private bool _isDirty;

    /// <summary>A track was begun, has ended or is done.</summary>
    public void Note(SpoolTrack track, BlockKind kind)
    {
        switch (kind)
        {
            case var k when k == SpoolBlockKind.Track:
                _open[track.Number] = track;
                WriteTrack(_buffer, track);
                break;
            case var k when k == SpoolBlockKind.End:
                Write(_buffer, kind, new Wire.TrackEnd { Number = track.Number, LastIndex = track.LastIndex ?? 0 });
                break;
            default:
                _open.Remove(track.Number);
                Write(_buffer, SpoolBlockKind.Done, new Wire.TrackDone { Number = track.Number });
                break;
        }
    }

    /// <summary>Writes what was noted.</summary>
    /// <param name="flush">It has to survive a loss of power.</param>
    /// <exception cref="IOException">It is written again, whole, at the next attempt.</exception>
    public void Save(bool flush)
    {
        try
        {
            if (_handle is null || (_length > CompactFrom && _buffer.WrittenCount > 0 && _length > 4 * Size()))
            {
                Rewrite();
            }
            else if (_buffer.WrittenCount > 0)
            {
                RandomAccess.Write(_handle, _buffer.WrittenSpan, _length);
                _length += _buffer.WrittenCount;
                _buffer.ResetWrittenCount();
                _isDirty = true;
            }

            if (flush && _isDirty)
            {
                RandomAccess.FlushToDisk(_handle!);
                _isDirty = false;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The record that names a track.</summary>
    public static void WriteTrack(IBufferWriter<byte> output, SpoolTrack track) => Write(output, SpoolBlockKind.Track, track.ToWire());

    /// <inheritdoc />
    public void Dispose()
    {
        _handle?.Dispose();
        _handle = null;
    }

    private static void Write(IBufferWriter<byte> output, BlockKind kind, IMessage message) =>
        Block.Write(output, new BlockHeader(kind, BlockFlags.None, 0, 0, 0, 0, 0, 0), message.ToByteArray());

    private long Size() => _open.Values.Sum(static t => t.ToWire().CalculateSize() + BlockHeader.Size + BlockHeader.TrailerSize);

    private void Rewrite()
    {
        Dispose();
        _buffer.ResetWrittenCount();
        foreach (SpoolTrack track in _open.Values)
        {
            WriteTrack(_buffer, track);
            if (track.LastIndex is { } last)
            {
                Write(_buffer, SpoolBlockKind.End, new Wire.TrackEnd { Number = track.Number, LastIndex = last });
            }
        }

        string path = Path.Combine(folder.Path, SpoolFolder.JournalName);
        string next = path + ".new";
        File.Delete(next);
        SafeFileHandle handle = File.OpenHandle(next, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            RandomAccess.Write(handle, _buffer.WrittenSpan, 0);
            RandomAccess.FlushToDisk(handle);
            File.Move(next, path, overwrite: true);
            DirectoryFlush.Flush(folder.Path);
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        _handle = handle;
        _length = _buffer.WrittenCount;
        _buffer.ResetWrittenCount();
        _isDirty = false;
    }
}

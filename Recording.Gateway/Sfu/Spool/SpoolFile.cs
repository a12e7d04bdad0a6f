using System.Buffers;
using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Recording.Media.TrackFiles;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>One file of batches. It stays until none of them is needed any more; a damaged one is then kept aside.</summary>
internal sealed class SpoolFile(SpoolFolder folder, string path, DateTimeOffset createdAt) : IDisposable
{
    private readonly Lock _gate = new();
    private SafeFileHandle? _reader;
    private int _live;
    private long _liveBytes;
    private volatile bool _isDamaged;

    public SpoolFolder Folder => folder;

    public string Path => path;

    /// <summary>When its first record was written.</summary>
    public DateTimeOffset CreatedAt => createdAt;

    /// <summary>Bytes on disk.</summary>
    public long Length { get; set; }

    /// <summary>It is still being written.</summary>
    public bool IsHead { get; set; }

    /// <summary>Records that are needed.</summary>
    public int Live => Volatile.Read(ref _live);

    /// <summary>Bytes of those.</summary>
    public long LiveBytes => Interlocked.Read(ref _liveBytes);

    /// <summary>Something in it is not what was written.</summary>
    public bool IsDamaged
    {
        get => _isDamaged;
        set => _isDamaged = value;
    }

    /// <summary>A record in it is needed.</summary>
    public void Take(SpoolRecord record)
    {
        Interlocked.Add(ref _liveBytes, record.Length);
        Interlocked.Increment(ref _live);
    }

    /// <summary>A record in it is not needed any more; true = it was the last one.</summary>
    public bool Give(SpoolRecord record)
    {
        Interlocked.Add(ref _liveBytes, -record.Length);
        return Interlocked.Decrement(ref _live) == 0;
    }

    /// <summary>Reads the blocks of a record.</summary>
    /// <exception cref="SpoolDamagedException">They are not what was written.</exception>
    /// <exception cref="IOException">The disk does not give them.</exception>
    public async Task<byte[]> ReadAsync(SpoolRecord record, long offset)
    {
        int length = BlockHeader.Size + SpoolBlockKind.NumberSize + record.Length + BlockHeader.TrailerSize;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            int read = 0;
            while (read < length)
            {
                int more = await RandomAccess.ReadAsync(Reader(), buffer.AsMemory(read, length - read), offset + read);
                if (more == 0)
                {
                    break;
                }

                read += more;
            }

            return Blocks(record, buffer.AsSpan(0, read));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_gate)
        {
            _reader?.Dispose();
            _reader = null;
        }
    }

    private byte[] Blocks(SpoolRecord record, ReadOnlySpan<byte> source)
    {
        if (!Block.TryRead(source, out BlockHeader header, out ReadOnlySpan<byte> payload)
            || header.Kind != SpoolBlockKind.Batch || header.FirstIndex != record.FirstIndex || header.PacketCount != record.Count
            || header.Epoch != record.Track.Epoch || payload.Length != SpoolBlockKind.NumberSize + record.Length
            || BinaryPrimitives.ReadUInt64LittleEndian(payload) != record.Track.Number)
        {
            _isDamaged = true;
            throw new SpoolDamagedException($"The record of index {record.FirstIndex} in {path} is damaged.");
        }

        return payload[SpoolBlockKind.NumberSize..].ToArray();
    }

    private SafeFileHandle Reader()
    {
        lock (_gate)
        {
            return _reader ??= File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
    }
}

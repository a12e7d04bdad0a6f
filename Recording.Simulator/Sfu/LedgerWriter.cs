using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Recording.Simulator.Sfu;

/// <summary>
/// Writes what an SFU sent: one JSON line a packet, <c>{"room":..,"producer":..,"epoch":"..","index":..,"sha256":".."}</c>, in whole lines so that a killed process
/// leaves at most one cut line. Thread-safe.
/// </summary>
public sealed class LedgerWriter : IDisposable
{
    private const int BufferSize = 64 * 1024;
    private const int TailSize = 20 + 12 + 64 + 3; // index, "sha256":", hex, end of line
    private readonly Stream _output;
    private readonly Lock _gate = new();
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _length;

    /// <summary>Writes to <paramref name="output"/> and closes it at the end.</summary>
    public LedgerWriter(Stream output) => _output = output;

    /// <summary>Lines written.</summary>
    public long Count { get; private set; }

    /// <summary>Opens a ledger file; an existing one is continued when <paramref name="append"/> says so.</summary>
    public static LedgerWriter Create(string path, bool append = false)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory)
        {
            Directory.CreateDirectory(directory);
        }

        return new LedgerWriter(new FileStream(path, append ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 1));
    }

    /// <summary>The part of a line that is the same for all packets of a track.</summary>
    public static byte[] Prefix(string room, string producer, ulong epoch) =>
        Encoding.UTF8.GetBytes($"{{\"room\":{JsonSerializer.Serialize(room)},\"producer\":{JsonSerializer.Serialize(producer)},\"epoch\":\"{epoch}\",\"index\":");

    /// <summary>Notes one packet.</summary>
    /// <param name="prefix">From <see cref="Prefix"/>.</param>
    /// <param name="index">Index of the packet.</param>
    /// <param name="packet">RTP bytes.</param>
    public void Write(ReadOnlySpan<byte> prefix, ulong index, ReadOnlySpan<byte> packet)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(packet, hash);
        lock (_gate)
        {
            if (_length + prefix.Length + TailSize > _buffer.Length)
            {
                FlushLocked();
            }

            Span<byte> line = _buffer.AsSpan(_length);
            prefix.CopyTo(line);
            int used = prefix.Length;
            Utf8Formatter.TryFormat(index, line[used..], out int digits);
            used += digits;
            ",\"sha256\":\""u8.CopyTo(line[used..]);
            used += 11;
            Convert.TryToHexStringLower(hash, line[used..], out int hex);
            used += hex;
            "\"}\n"u8.CopyTo(line[used..]);
            _length += used + 3;
            Count++;
        }
    }

    /// <summary>Hands what is buffered to the file.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            FlushLocked();
            _output.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Flush();
        _output.Dispose();
    }

    private void FlushLocked()
    {
        _output.Write(_buffer, 0, _length);
        _length = 0;
    }
}

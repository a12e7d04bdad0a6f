using System.Buffers;
using System.Security.Cryptography;

namespace Recording.Media.TrackFiles;

/// <summary>Writes to a stream in large pieces and hashes what goes by.</summary>
internal sealed class HashedOutput(Stream output) : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private int _used;

    /// <summary>Bytes written so far: the offset of what comes next.</summary>
    public long Position { get; private set; }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Position += data.Length;
        while (!data.IsEmpty)
        {
            int count = Math.Min(data.Length, _buffer.Length - _used);
            data[..count].CopyTo(_buffer.AsMemory(_used));
            _used += count;
            data = data[count..];
            if (_used == _buffer.Length)
            {
                await DrainAsync(cancellationToken);
            }
        }
    }

    /// <summary>Writes what is left and returns the hash of everything, lower-case hex.</summary>
    public async Task<string> FinishAsync(CancellationToken cancellationToken)
    {
        await DrainAsync(cancellationToken);
        await output.FlushAsync(cancellationToken);
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public void Dispose()
    {
        _hash.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        _hash.AppendData(_buffer, 0, _used);
        await output.WriteAsync(_buffer.AsMemory(0, _used), cancellationToken);
        _used = 0;
    }
}

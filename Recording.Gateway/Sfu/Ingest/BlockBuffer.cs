using System.Collections.Concurrent;
using Recording.Grains.Abstractions.Tracks;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>
/// Memory of a full batch, which another batch takes when nobody holds this one any more: batches live for seconds, until they are stored, and the collector would
/// move each of them from generation to generation.
/// </summary>
internal sealed class BlockBuffer : ISharedBlocks
{
    /// <summary>Bytes of a buffer.</summary>
    public const int Size = BatchBuilder.MaxLength;

    private const int MaxIdle = (64 << 20) / Size;
    private static readonly ConcurrentQueue<byte[]> s_idle = new();

    private readonly byte[] _array = s_idle.TryDequeue(out byte[]? array) ? array : GC.AllocateUninitializedArray<byte>(Size);
    private int _holders = 1;

    /// <summary>The bytes.</summary>
    public Memory<byte> Memory => _array;

    /// <inheritdoc />
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <inheritdoc />
    public void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0 && s_idle.Count < MaxIdle)
        {
            s_idle.Enqueue(_array);
        }
    }
}

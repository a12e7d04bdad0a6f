using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Recording.Storage;

/// <summary>
/// Memory for the bytes of one put, at an address from which the directory store can write to the disk without another copy. Disposing it gives it to the next
/// put: only when nobody reads it any more. One that is not disposed is left to the collector.
/// </summary>
public sealed class PutBuffer : IDisposable
{
    internal const int Alignment = 4096;

    private const int Step = 128 * 1024;
    private const int LargestKept = 2 << 20;
    private const int MaxIdle = 16;
    private static readonly ConcurrentBag<byte[]> s_idle = [];

    private byte[]? _array;

    private PutBuffer(byte[] array, int length)
    {
        _array = array;
        Memory = array.AsMemory(Offset(array), length);
    }

    /// <summary>The bytes; what they are at first is undefined.</summary>
    public Memory<byte> Memory { get; }

    /// <summary>Takes a buffer of <paramref name="length"/> bytes.</summary>
    public static PutBuffer Rent(int length)
    {
        int needed = length + Alignment;
        if (s_idle.TryTake(out byte[]? array) && array.Length < needed)
        {
            array = null;
        }

        return new PutBuffer(array ?? GC.AllocateUninitializedArray<byte>((needed + Step - 1) / Step * Step, pinned: true), length);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _array, null) is { Length: <= LargestKept } array && s_idle.Count < MaxIdle)
        {
            s_idle.Add(array);
        }
    }

    private static int Offset(byte[] pinned) => (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0) & (Alignment - 1));
}

using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Recording.Storage.Internal;

/// <summary>
/// Writes large files past the page cache (Linux, <c>O_DIRECT</c>): they are flushed at once and read again only when a recording is over, so a copy in the
/// cache costs CPU and pushes out what others read. Where the file system cannot do it, the caller writes as usual.
/// </summary>
internal sealed unsafe partial class DirectFile : IDisposable
{
    /// <summary>Below this size the cache is cheaper, in bytes.</summary>
    public const int MinSize = 128 * 1024;

    private const int Alignment = PutBuffer.Alignment;
    private const int PieceSize = 512 * 1024;
    private const int MaxIdleBuffers = 16;
    private const int InvalidArgument = 22; // EINVAL
    private const int SetFlags = 4; // F_SETFL
    private const int Direct = 0x4000; // O_DIRECT on x86-64.
    private const int DirectArm = 0x10000;

    private readonly ConcurrentBag<nint> _idle = [];
    private volatile bool _isRefused = !OperatingSystem.IsLinux();

    /// <summary>The file system does not do it; nothing is tried any more.</summary>
    public bool IsRefused => _isRefused;

    /// <summary>Writes all of a file that was just made and is empty; false = nothing was written, this file system does not do it.</summary>
    /// <exception cref="IOException">The disk failed or is full.</exception>
    public bool TryWrite(SafeFileHandle file, ReadOnlySpan<byte> content)
    {
        if (_isRefused || content.Length < MinSize || !TrySetDirect(file))
        {
            return false;
        }

        if (!_idle.TryTake(out nint buffer))
        {
            buffer = (nint)NativeMemory.AlignedAlloc(PieceSize, Alignment);
        }

        try
        {
            int offset = 0;
            fixed (byte* start = content)
            {
                if (((nint)start & (Alignment - 1)) == 0)
                {
                    // Whole blocks go as they lie there; only the last part of a block is copied.
                    offset = content.Length & -Alignment;
                    if (!TryWritePiece(file, content[..offset], 0))
                    {
                        return false;
                    }
                }
            }

            for (; offset < content.Length; offset += PieceSize)
            {
                ReadOnlySpan<byte> piece = content.Slice(offset, Math.Min(PieceSize, content.Length - offset));
                var blocks = new Span<byte>((void*)buffer, (piece.Length + Alignment - 1) & -Alignment);
                piece.CopyTo(blocks);
                blocks[piece.Length..].Clear();
                if (!TryWritePiece(file, blocks, offset))
                {
                    return false;
                }
            }

            RandomAccess.SetLength(file, content.Length);
            return true;
        }
        finally
        {
            if (_idle.Count < MaxIdleBuffers)
            {
                _idle.Add(buffer);
            }
            else
            {
                NativeMemory.AlignedFree((void*)buffer);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        while (_idle.TryTake(out nint buffer))
        {
            NativeMemory.AlignedFree((void*)buffer);
        }
    }

    private bool TryWritePiece(SafeFileHandle file, ReadOnlySpan<byte> blocks, int offset)
    {
        try
        {
            RandomAccess.Write(file, blocks, offset);
            return true;
        }
        catch (IOException e) when (offset == 0 && e.HResult == InvalidArgument)
        {
            // It took the flag but not our alignment.
            _isRefused = true;
            _ = Control(file, SetFlags, 0);
            return false;
        }
    }

    private bool TrySetDirect(SafeFileHandle file)
    {
        int flag = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? DirectArm : Direct;
        _isRefused |= Control(file, SetFlags, flag) != 0;
        return !_isRefused;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeFileHandle file, int command, int argument);
}

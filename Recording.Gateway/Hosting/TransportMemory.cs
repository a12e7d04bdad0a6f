using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Recording.Gateway.Hosting;

/// <summary>
/// Memory for the bytes of connections in blocks of 16 KiB, an HTTP/2 frame, instead of the server's 4 KiB: a link brings megabytes a second, and each block is a
/// read from the socket of its own. Nor is each block counted in metrics, as the server's are.
/// </summary>
internal sealed class TransportMemory : IMemoryPoolFactory<byte>
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockSize = 16 << 10;

    /// <summary>Blocks of one pool that wait for their next use, 8 MiB: twice what a connection may have under way.</summary>
    public const int MaxIdle = 512;

    /// <inheritdoc />
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool();

    private sealed class Pool : MemoryPool<byte>
    {
        private readonly ConcurrentQueue<Block> _idle = new();
        private int _idleCount;
        private volatile bool _isDisposed;

        public override int MaxBufferSize => BlockSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
            if (!_idle.TryDequeue(out Block? block))
            {
                return new Block(this);
            }

            Interlocked.Decrement(ref _idleCount);
            block.IsRented = true;
            return block;
        }

        protected override void Dispose(bool disposing)
        {
            _isDisposed = true;
            _idle.Clear();
        }

        private void Return(Block block)
        {
            if (_isDisposed)
            {
                return;
            }

            if (Interlocked.Increment(ref _idleCount) > MaxIdle)
            {
                Interlocked.Decrement(ref _idleCount);
                return;
            }

            _idle.Enqueue(block);
        }

        private sealed class Block(Pool pool) : IMemoryOwner<byte>
        {
            // Pinned: the kernel writes into it while the collector runs.
            public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true);

            public bool IsRented { get; set; } = true;

            public void Dispose()
            {
                // Handed out twice it would mix two connections' bytes.
                if (IsRented)
                {
                    IsRented = false;
                    pool.Return(this);
                }
            }
        }
    }
}

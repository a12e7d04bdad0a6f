using System.Buffers;
using System.Collections.Concurrent;
using Google.Protobuf;

namespace Recording.Protocol.Frames;

/// <summary>
/// One gRPC message of a link, unparsed when it was received, not yet encoded when it is to be sent. Frames and their buffers are pooled:
/// whoever reads one disposes it once and forgets every span taken from it.
/// </summary>
public sealed class Frame : IDisposable
{
    private const int PoolLimit = 256;
    private static readonly ConcurrentQueue<Frame> s_pool = new();

    // The reader of a stream gives a frame back before it takes the next: one slot a thread spares the queue nearly always.
    [ThreadStatic]
    private static Frame? t_spare;

    private byte[] _buffer = [];
    private bool _rented;

    private Frame()
    {
    }

    /// <summary>The message to send; null for a received frame.</summary>
    public IMessage? Message { get; private set; }

    /// <summary>Bytes of the received message.</summary>
    public int Length { get; private set; }

    /// <summary>The received message; valid until <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    /// <summary>A frame that is encoded when it is sent; the message must not be changed afterwards.</summary>
    public static Frame Of(IMessage message)
    {
        Frame frame = Take();
        frame.Message = message;
        return frame;
    }

    /// <summary>A frame with a copy of received bytes.</summary>
    public static Frame Copy(in ReadOnlySequence<byte> bytes)
    {
        Frame frame = Take();
        frame.Reserve(checked((int)bytes.Length));
        bytes.CopyTo(frame._buffer);
        return frame;
    }

    /// <summary>A frame with a copy of bytes.</summary>
    public static Frame Copy(ReadOnlySpan<byte> bytes)
    {
        Frame frame = Take();
        frame.Reserve(bytes.Length);
        bytes.CopyTo(frame._buffer);
        return frame;
    }

    /// <summary>Gives the frame back to the pool; a second call is harmless as long as nobody took it in between.</summary>
    public void Dispose()
    {
        if (!_rented)
        {
            return;
        }

        _rented = false;
        Message = null;
        Length = 0;
        if (_buffer.Length > KeptBuffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }

        if (t_spare is null)
        {
            t_spare = this;
        }
        else if (s_pool.Count < PoolLimit)
        {
            s_pool.Enqueue(this);
        }
    }

    // A small buffer stays with its frame; a large one goes back, so that idle links hold little.
    private const int KeptBuffer = 4096;

    private static Frame Take()
    {
        Frame? frame = t_spare;
        if (frame is not null)
        {
            t_spare = null;
        }
        else if (!s_pool.TryDequeue(out frame))
        {
            frame = new Frame();
        }

        frame._rented = true;
        return frame;
    }

    private void Reserve(int length)
    {
        if (_buffer.Length < length)
        {
            if (_buffer.Length > KeptBuffer)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            _buffer = length <= KeptBuffer ? new byte[KeptBuffer] : ArrayPool<byte>.Shared.Rent(length);
        }

        Length = length;
    }
}

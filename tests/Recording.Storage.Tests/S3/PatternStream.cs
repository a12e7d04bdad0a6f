namespace Recording.Storage.Tests.S3;

/// <summary>Bytes that depend on their position, made while they are read; it can fail or hang on the way.</summary>
internal sealed class PatternStream(long length, long? failAt = null, long? hangAt = null, Action<long>? onRead = null) : Stream
{
    private readonly TaskCompletionSource _hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _position;

    public Task Hanging => _hanging.Task;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads all and compares; gives the number of bytes.</summary>
    public static async Task<long> VerifyAsync(Stream content)
    {
        byte[] buffer = new byte[1 << 16];
        long position = 0;
        while (await content.ReadAsync(buffer) is > 0 and int read)
        {
            for (int i = 0; i < read; i++, position++)
            {
                if (buffer[i] != At(position))
                {
                    throw new InvalidDataException($"Byte {position} is {buffer[i]}, not {At(position)}.");
                }
            }
        }

        return position;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_position >= hangAt)
        {
            _hanging.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        if (_position >= failAt)
        {
            throw new InvalidOperationException("The source failed.");
        }

        onRead?.Invoke(_position);
        int count = (int)Math.Min(Math.Min(buffer.Length, 1 << 16), length - _position);
        Span<byte> span = buffer.Span[..count];
        for (int i = 0; i < count; i++)
        {
            span[i] = At(_position + i);
        }

        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static byte At(long position) => (byte)((position * 31) ^ (position >> 16));
}

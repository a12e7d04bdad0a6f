using Recording.Media.TrackFiles;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Tracks;

/// <summary>Stored segments one behind the other, opened one at a time, each checked against the length and checksum that it had when it was written.</summary>
internal sealed class PartsStream(IObjectStore store, IReadOnlyList<StoredPart> parts) : Stream
{
    private int _index;
    private StoredObject? _current;
    private long _read;
    private uint _checksum;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_index < parts.Count && !buffer.IsEmpty)
        {
            StoredPart part = parts[_index];
            _current ??= await store.GetAsync(part.ObjectKey, cancellationToken: cancellationToken)
                ?? throw new RecordingException(RecordingErrorCode.NotFound, $"Segment {part.ObjectKey} is gone.");
            int count = await _current.Content.ReadAsync(buffer, cancellationToken);
            if (count > 0)
            {
                _checksum = Crc32C.Append(_checksum, buffer.Span[..count]);
                _read += count;
                return count;
            }

            if (_read != part.Length || _checksum != part.Checksum)
            {
                throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"Segment {part.ObjectKey} reads back other than it was written.");
            }

            await _current.DisposeAsync();
            _current = null;
            _read = 0;
            _checksum = 0;
            _index++;
        }

        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously: the parts lie in a store.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        if (_current is not null)
        {
            await _current.DisposeAsync();
            _current = null;
        }

        await base.DisposeAsync();
    }
}

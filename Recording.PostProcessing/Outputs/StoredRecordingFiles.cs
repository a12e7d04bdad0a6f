using System.Collections.Concurrent;
using Recording.Model;
using Recording.Storage;

namespace Recording.PostProcessing.Outputs;

/// <summary>A recording in the object store.</summary>
/// <param name="store">The store.</param>
/// <param name="prefix">The recording's key prefix, with a trailing slash.</param>
public sealed class StoredRecordingFiles(IObjectStore store, string prefix) : IRecordingFiles
{
    private readonly ConcurrentDictionary<string, bool> _written = new(StringComparer.Ordinal);

    /// <summary>Deletes what was written through this object, also what was only begun.</summary>
    public async Task RemoveWrittenAsync(CancellationToken cancellationToken)
    {
        foreach (string name in _written.Keys)
        {
            await store.DeleteAsync(prefix + name, cancellationToken);
        }
    }

    /// <inheritdoc />
    public async Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        await using StoredObject? stored = await store.GetAsync(prefix + name, cancellationToken: cancellationToken);
        return stored is null ? null : await stored.ReadAllAsync(cancellationToken);
    }

    /// <inheritdoc />
    public async Task FetchAsync(string name, FileInfo target, CancellationToken cancellationToken)
    {
        await using StoredObject stored = await store.GetAsync(prefix + name, cancellationToken: cancellationToken)
            ?? throw new RecordingException(RecordingErrorCode.NotFound, $"{prefix}{name} does not exist");
        await using FileStream file = target.Create();
        await stored.Content.CopyToAsync(file, cancellationToken);
    }

    /// <inheritdoc />
    public async Task FetchPartsAsync(string name, IReadOnlyList<(long Offset, long Length)> parts, FileInfo target, CancellationToken cancellationToken)
    {
        await using FileStream file = target.Create();
        foreach ((long offset, long length) in parts.Where(part => part.Length > 0))
        {
            long before = file.Position;
            await using StoredObject stored = await store.GetAsync(prefix + name, new ByteRange(offset, length), cancellationToken)
                ?? throw new RecordingException(RecordingErrorCode.NotFound, $"{prefix}{name} does not exist");
            await stored.Content.CopyToAsync(file, cancellationToken);
            if (file.Position - before != length)
            {
                throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"{prefix}{name} is shorter than its index says");
            }
        }
    }

    /// <inheritdoc />
    public async Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        _written[name] = true;
        await store.PutAsync(prefix + name, content, cancellationToken: cancellationToken);
    }

    /// <inheritdoc />
    public async Task PublishAsync(FileInfo file, string name, CancellationToken cancellationToken)
    {
        _written[name] = true;
        await using FileStream content = file.OpenRead();
        await store.PutStreamingAsync(prefix + name, content, cancellationToken);
    }
}

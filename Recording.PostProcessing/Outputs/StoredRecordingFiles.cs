using Recording.Model;
using Recording.Storage;

namespace Recording.PostProcessing.Outputs;

/// <summary>A recording in the object store.</summary>
/// <param name="store">The store.</param>
/// <param name="prefix">The recording's key prefix, with a trailing slash.</param>
public sealed class StoredRecordingFiles(IObjectStore store, string prefix) : IRecordingFiles
{
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
    public async Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await store.PutAsync(prefix + name, content, cancellationToken: cancellationToken);

    /// <inheritdoc />
    public async Task PublishAsync(FileInfo file, string name, CancellationToken cancellationToken)
    {
        await using FileStream content = file.OpenRead();
        await store.PutStreamingAsync(prefix + name, content, cancellationToken);
    }
}

namespace Recording.Storage;

/// <summary>An object opened for reading; dispose it to release the connection or file.</summary>
/// <param name="info">Size of the whole object, ETag, time.</param>
/// <param name="content">The bytes asked for.</param>
public sealed class StoredObject(ObjectInfo info, Stream content) : IAsyncDisposable
{
    /// <summary>Size of the whole object, ETag, time.</summary>
    public ObjectInfo Info { get; } = info;

    /// <summary>The bytes asked for.</summary>
    public Stream Content { get; } = content;

    /// <summary>Reads everything that was asked for into memory.</summary>
    public async Task<byte[]> ReadAllAsync(CancellationToken cancellationToken = default)
    {
        using var buffer = new MemoryStream();
        await Content.CopyToAsync(buffer, cancellationToken);
        return buffer.ToArray();
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Content.DisposeAsync();
}

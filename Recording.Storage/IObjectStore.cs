namespace Recording.Storage;

/// <summary>
/// The few things this product asks of an object store: whole-object puts with conditions, ranges, paged listing, bounded-memory uploads.
/// Every method throws <see cref="Model.RecordingException"/>: 4004 when an object that must exist does not, 4001 when the store does not
/// answer or refuses, 1003 for a key that is not allowed. Keys use <c>/</c>, are at most 1024 bytes and never escape the store.
/// </summary>
public interface IObjectStore
{
    /// <summary>Writes a whole object. Durable when it returns.</summary>
    /// <returns>The object's new ETag, or null when the condition did not hold (nothing was written).</returns>
    Task<string?> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition = default, CancellationToken cancellationToken = default);

    /// <summary>Writes an object of unknown length in bounded memory. Nothing is visible under the key until it returns; what was begun is removed on failure.</summary>
    Task<string> PutStreamingAsync(string key, Stream content, CancellationToken cancellationToken = default);

    /// <summary>Opens an object for reading; null when it does not exist.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="range">Bytes wanted; null = all. A range beyond the end is cut to what is there.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task<StoredObject?> GetAsync(string key, ByteRange? range = null, CancellationToken cancellationToken = default);

    /// <summary>Size, ETag and time of an object; null when it does not exist.</summary>
    Task<ObjectInfo?> HeadAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>All objects whose key starts with <paramref name="prefix"/>, in ordinal order of keys, fetched page by page.</summary>
    IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken = default);

    /// <summary>Removes an object; no error when it does not exist.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken = default);

    /// <summary>A URL that serves the object for a while without other credentials; null when this store has none.</summary>
    Task<Uri?> PresignGetAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken = default);
}

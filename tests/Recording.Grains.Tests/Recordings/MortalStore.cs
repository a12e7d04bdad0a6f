using System.Runtime.CompilerServices;
using Recording.Storage;

namespace Recording.Grains.Tests.Recordings;

/// <summary>An object store as one process sees it.</summary>
internal sealed class MortalStore(IObjectStore inner, ProcessLife life) : IObjectStore
{
    public Task<string?> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition = default, CancellationToken cancellationToken = default) =>
        life.DoAsync(() => inner.PutAsync(key, content, condition, cancellationToken));

    public Task<string> PutStreamingAsync(string key, Stream content, CancellationToken cancellationToken = default) =>
        life.DoAsync(() => inner.PutStreamingAsync(key, content, cancellationToken));

    public Task<StoredObject?> GetAsync(string key, ByteRange? range = null, CancellationToken cancellationToken = default) =>
        life.DoAsync(() => inner.GetAsync(key, range, cancellationToken));

    public Task<ObjectInfo?> HeadAsync(string key, CancellationToken cancellationToken = default) =>
        life.DoAsync(() => inner.HeadAsync(key, cancellationToken));

    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await life.DoAsync(() => Task.CompletedTask);
        await foreach (var info in inner.ListAsync(prefix, cancellationToken))
        {
            yield return info;
        }
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken = default) => life.DoAsync(() => inner.DeleteAsync(key, cancellationToken));

    public Task<Uri?> PresignGetAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken = default) =>
        life.DoAsync(() => inner.PresignGetAsync(key, lifetime, cancellationToken));
}

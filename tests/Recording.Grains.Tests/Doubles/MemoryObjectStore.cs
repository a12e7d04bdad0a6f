using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Tests.Doubles;

/// <summary>An object store in memory whose calls can be made to fail or hang: <see cref="Before"/> runs first and may throw or wait.</summary>
public sealed class MemoryObjectStore : IObjectStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (byte[] Content, string ETag)> _objects = new(StringComparer.Ordinal);
    private long _version;

    /// <summary>Awaited before each operation: (operation, key).</summary>
    public Func<string, string, CancellationToken, Task>? Before { get; set; }

    /// <summary>Operations that reached the store, oldest first.</summary>
    public ConcurrentQueue<(string Operation, string Key)> Calls { get; } = new();

    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_lock)
            {
                return [.. _objects.Keys];
            }
        }
    }

    public byte[]? this[string key]
    {
        get
        {
            lock (_lock)
            {
                return _objects.TryGetValue(key, out var found) ? found.Content : null;
            }
        }
    }

    /// <summary>Makes every call answer 4001.</summary>
    public void Break() => Before = static (_, _, _) => throw new RecordingException(RecordingErrorCode.StoreUnavailable, "The test store is down.");

    /// <summary>Makes every call wait until it is cancelled.</summary>
    public void Hang() => Before = static (_, _, token) => Task.Delay(Timeout.InfiniteTimeSpan, token);

    /// <summary>Ends <see cref="Break"/> and <see cref="Hang"/> for calls to come.</summary>
    public void Repair() => Before = null;

    public async Task<string?> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition = default, CancellationToken cancellationToken = default)
    {
        await EnterAsync("put", key, cancellationToken);
        lock (_lock)
        {
            string? now = _objects.TryGetValue(key, out var found) ? found.ETag : null;
            if ((condition.IfAbsent && now is not null) || (condition.IfMatch is not null && condition.IfMatch != now))
            {
                return null;
            }

            return Store(key, content.ToArray());
        }
    }

    public async Task<string> PutStreamingAsync(string key, Stream content, CancellationToken cancellationToken = default)
    {
        await EnterAsync("put-streaming", key, cancellationToken);
        using var buffer = new MemoryStream();
        await content.CopyToAsync(buffer, cancellationToken);
        lock (_lock)
        {
            return Store(key, buffer.ToArray());
        }
    }

    public async Task<StoredObject?> GetAsync(string key, ByteRange? range = null, CancellationToken cancellationToken = default)
    {
        await EnterAsync("get", key, cancellationToken);
        lock (_lock)
        {
            if (!_objects.TryGetValue(key, out var found))
            {
                return null;
            }

            int offset = (int)Math.Min(range?.Offset ?? 0, found.Content.Length);
            int length = (int)Math.Min(range?.Length ?? long.MaxValue, found.Content.Length - offset);
            return new StoredObject(Info(key, found), new MemoryStream(found.Content, offset, length, writable: false));
        }
    }

    public async Task<ObjectInfo?> HeadAsync(string key, CancellationToken cancellationToken = default)
    {
        await EnterAsync("head", key, cancellationToken);
        lock (_lock)
        {
            return _objects.TryGetValue(key, out var found) ? Info(key, found) : null;
        }
    }

    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await EnterAsync("list", prefix, cancellationToken);
        List<ObjectInfo> found = [];
        lock (_lock)
        {
            found.AddRange(_objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(o => Info(o.Key, o.Value)));
        }

        foreach (ObjectInfo info in found)
        {
            yield return info;
        }
    }

    public async Task DeleteAsync(string key, CancellationToken cancellationToken = default)
    {
        await EnterAsync("delete", key, cancellationToken);
        lock (_lock)
        {
            _objects.Remove(key);
        }
    }

    public Task<Uri?> PresignGetAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken = default) => Task.FromResult<Uri?>(null);

    private static ObjectInfo Info(string key, (byte[] Content, string ETag) stored) =>
        new(key, stored.Content.Length, stored.ETag, DateTimeOffset.UnixEpoch);

    private string Store(string key, byte[] content)
    {
        string etag = (++_version).ToString(CultureInfo.InvariantCulture);
        _objects[key] = (content, etag);
        return etag;
    }

    private async Task EnterAsync(string operation, string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Before is { } before)
        {
            await before(operation, key, cancellationToken);
        }

        Calls.Enqueue((operation, key));
    }
}

using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;
using Recording.Grains.State.Options;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.State.Storage;

/// <summary>
/// Grain state as one JSON object each, <c>state/{grain type}/{key}</c>, guarded by its ETag. A grain has one state: the state's name is not part of the key.
/// </summary>
/// <remarks>
/// A cleared state stays behind as the four bytes <c>null</c>: the store deletes without conditions, so removing the object could take a newer state with it.
/// </remarks>
internal sealed class ObjectStoreGrainStorage(
    IObjectStore store, ObjectStoreGrainStorageOptions options, TimeProvider time, ILogger<ObjectStoreGrainStorage> logger) : IGrainStorage
{
    private static readonly ReadOnlyMemory<byte> Cleared = "null"u8.ToArray();

    /// <inheritdoc />
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ReadStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc />
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        string key = KeyOf(grainId);
        (byte[] Content, string ETag)? found = await Guarded("read", key, async token =>
        {
            StoredObject? stored = await store.GetAsync(key, cancellationToken: token);
            if (stored is null)
            {
                return ((byte[], string)?)null;
            }

            await using (stored)
            {
                return (await stored.ReadAllAsync(token), stored.Info.ETag);
            }
        }, cancellationToken);

        bool exists = found is not null && !found.Value.Content.AsSpan().SequenceEqual(Cleared.Span);
        grainState.State = exists ? Parse<T>(key, found!.Value.Content) : CreateState<T>();
        grainState.RecordExists = exists;
        grainState.ETag = found?.ETag;
    }

    /// <inheritdoc />
    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        WriteStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc />
    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(grainState.State, options.Json);
        grainState.ETag = await PutAsync(grainId, content, grainState.ETag, cancellationToken);
        grainState.RecordExists = true;
    }

    /// <inheritdoc />
    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        ClearStateAsync(stateName, grainId, grainState, CancellationToken.None);

    /// <inheritdoc />
    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken)
    {
        if (grainState.ETag is not null)
        {
            grainState.ETag = await PutAsync(grainId, Cleared, grainState.ETag, cancellationToken);
        }

        grainState.State = CreateState<T>();
        grainState.RecordExists = false;
    }

    private async Task<string> PutAsync(GrainId grainId, ReadOnlyMemory<byte> content, string? etag, CancellationToken cancellationToken)
    {
        string key = KeyOf(grainId);
        PutCondition condition = etag is null ? PutCondition.Absent : PutCondition.Match(etag);
        string? written = await Guarded("write", key, token => store.PutAsync(key, content, condition, token), cancellationToken);
        if (written is not null)
        {
            return written;
        }

        GrainStateLog.Conflict(logger, key, etag);
        throw new InconsistentStateException($"State {key} was changed by another activation.", "unknown", etag ?? "none");
    }

    private T Parse<T>(string key, byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(content, options.Json)
                ?? throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"State {key} is empty.");
        }
        catch (JsonException exception)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"State {key} is not the JSON expected: {exception.Message}", exception);
        }
    }

    private static string KeyOf(GrainId grainId) => RecordingKeys.State(grainId.Type.ToString()!, grainId.Key.ToString()!);

    private static T CreateState<T>() => Activator.CreateInstance<T>();

    /// <summary>Bounds a store call in time, even one that ignores its token, and gives every failure this product's code.</summary>
    private async Task<TResult> Guarded<TResult>(string operation, string key, Func<CancellationToken, Task<TResult>> call, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.Timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await call(linked.Token).WaitAsync(linked.Token);
        }
        catch (Exception exception) when (exception is not RecordingException && !cancellationToken.IsCancellationRequested)
        {
            GrainStateLog.StoreFailed(logger, operation, key, exception);
            string reason = deadline.IsCancellationRequested ? $"no answer within {options.Timeout.TotalSeconds} s" : exception.Message;
            throw new RecordingException(RecordingErrorCode.StoreUnavailable, $"The object store could not {operation} {key}: {reason}", exception);
        }
    }
}

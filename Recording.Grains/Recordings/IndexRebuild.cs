using System.Text.Json;
using Microsoft.Extensions.Logging;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Recordings.State;
using Recording.Grains.State.Options;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>Finds recordings that the index does not name: every recording has a state, and the index follows from the states.</summary>
internal sealed class IndexRebuild(IObjectStore store, ILogger logger)
{
    /// <summary>Where the states of recordings lie.</summary>
    public const string StateFolder = RecordingKeys.StatePrefix + "recording/";

    private static readonly JsonSerializerOptions Json = new ObjectStoreGrainStorageOptions().Json;

    /// <summary>Puts what is missing into its shards and has them driven.</summary>
    public async Task RestoreAsync(IGrainFactory grains, CancellationToken cancellationToken)
    {
        HashSet<string> known = new(StringComparer.Ordinal);
        foreach (var shard in IndexShards.All)
        {
            known.UnionWith(await grains.GetGrain<IRecordingIndexGrain>(shard).Known());
        }

        HashSet<string> changed = new(StringComparer.Ordinal);
        var count = 0;
        await foreach (var summary in MissingAsync(known, cancellationToken))
        {
            var shard = IndexShards.Of(summary.RoomId);
            await grains.GetGrain<IRecordingIndexGrain>(shard).Put(summary);
            changed.Add(shard);
            count++;
        }

        foreach (var shard in changed)
        {
            await grains.GetGrain<IRecordingIndexGrain>(shard).Arm();
        }

        if (count > 0)
        {
            RecordingsLog.IndexRebuilt(logger, count);
        }
    }

    /// <summary>Entries of recordings that are not among those known. Reads only their states; one that cannot be read is logged and left out.</summary>
    /// <param name="known">Ids that the index names.</param>
    /// <param name="cancellationToken">Ends the calls to the store.</param>
    public async IAsyncEnumerable<RecordingSummary> MissingAsync(IReadOnlySet<string> known, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<string> unknown = [];
        await foreach (var info in store.ListAsync(StateFolder, cancellationToken))
        {
            if (!known.Contains(RecordingKeys.Decode(info.Key[StateFolder.Length..])))
            {
                unknown.Add(info.Key);
            }
        }

        foreach (var key in unknown)
        {
            if (await ReadAsync(key, cancellationToken) is { Opening: not null } state)
            {
                yield return RecordingLifecycle.Summary(state);
            }
        }
    }

    private async Task<RecordingState?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        await using var stored = await store.GetAsync(key, cancellationToken: cancellationToken);
        if (stored is null)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<RecordingState>(await stored.ReadAllAsync(cancellationToken), Json);
        }
        catch (JsonException e)
        {
            RecordingsLog.StateUnreadable(logger, key, e);
            return null;
        }
    }
}

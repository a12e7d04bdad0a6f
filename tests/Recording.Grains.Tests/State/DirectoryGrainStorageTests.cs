using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Orleans.Storage;
using Recording.Grains.State.Options;
using Recording.Grains.State.Storage;
using Recording.Grains.Tests.Doubles;
using Recording.Storage;

namespace Recording.Grains.Tests.State;

public sealed class DirectoryGrainStorageTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly DirectoryObjectStore _store;
    private readonly ObjectStoreGrainStorage _storage;

    public DirectoryGrainStorageTests()
    {
        _store = new DirectoryObjectStore(new DirectoryStoreOptions { Root = _directory.FullName, FlushToDisk = false }, TimeProvider.System);
        _storage = new ObjectStoreGrainStorage(_store, new ObjectStoreGrainStorageOptions(), TimeProvider.System, NullLogger<ObjectStoreGrainStorage>.Instance);
    }

    public void Dispose()
    {
        _store.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task State_in_a_directory_is_read_back_guarded_and_cleared()
    {
        GrainId id = GrainId.Create("room", "a/../b");
        var first = new GrainState<CounterState>(new CounterState { Value = 1 });
        await _storage.WriteStateAsync("state", id, first);
        var second = new GrainState<CounterState>();
        await _storage.ReadStateAsync("state", id, second);
        second.State!.Value = 2;
        await _storage.WriteStateAsync("state", id, second);

        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.WriteStateAsync("state", id, first));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _storage.ClearStateAsync("state", id, first));

        await _storage.ReadStateAsync("state", id, first);
        Assert.Equal(2, first.State!.Value);
        await _storage.ClearStateAsync("state", id, first);
        await _storage.ReadStateAsync("state", id, second);
        Assert.False(second.RecordExists);
    }
}

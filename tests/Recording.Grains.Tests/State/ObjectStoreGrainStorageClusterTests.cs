using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.TestingHost;
using Recording.Grains.Abstractions;
using Recording.Grains.State.Hosting;
using Recording.Grains.Tests.Doubles;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Tests.State;

public sealed class ObjectStoreGrainStorageClusterTests : IAsyncLifetime
{
    private readonly MemoryObjectStore _store = new();
    private readonly InProcessTestCluster _cluster;

    public ObjectStoreGrainStorageClusterTests()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IObjectStore>(_store);
            silo.Services.AddSerializer(serializer => serializer.AddRecordingModel());
            silo.AddObjectStoreGrainStorage("objects");
        });
        builder.ConfigureClient(client =>
        {
            client.Services.AddSerializer(serializer => serializer.AddRecordingModel());
            client.AddRecordingExceptions();
        });
        _cluster = builder.Build();
    }

    public Task InitializeAsync() => _cluster.DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task State_survives_deactivation()
    {
        ICounterGrain grain = _cluster.Client.GetGrain<ICounterGrain>("survivor");
        await grain.Add(4);
        await grain.Leave();
        Assert.Equal(4, await grain.Get());
        Assert.Equal("state/counter/survivor", Assert.Single(_store.Keys));
    }

    [Fact]
    public async Task A_caller_sees_4001_when_a_write_fails()
    {
        ICounterGrain grain = _cluster.Client.GetGrain<ICounterGrain>("writer");
        await grain.Add(1);
        _store.Break();
        var error = await Assert.ThrowsAsync<RecordingException>(() => grain.Add(1));
        Assert.Equal(RecordingErrorCode.StoreUnavailable, error.Code);
    }

    [Fact]
    public async Task A_caller_sees_4001_when_the_grain_cannot_activate_and_succeeds_afterwards()
    {
        _store.Break();
        ICounterGrain grain = _cluster.Client.GetGrain<ICounterGrain>("late");
        var error = await Assert.ThrowsAsync<RecordingException>(() => grain.Get());
        Assert.Equal(RecordingErrorCode.StoreUnavailable, error.Code);
        _store.Repair();
        Assert.Equal(3, await grain.Add(3));
    }

    [Fact]
    public async Task State_changed_from_outside_is_read_again_after_the_conflict()
    {
        ICounterGrain grain = _cluster.Client.GetGrain<ICounterGrain>("contended");
        await grain.Add(1);
        await _store.PutAsync("state/counter/contended", "{\"Value\":100}"u8.ToArray());
        await Assert.ThrowsAnyAsync<Exception>(() => grain.Add(1));
        Assert.Equal(101, await grain.Add(1));
    }
}

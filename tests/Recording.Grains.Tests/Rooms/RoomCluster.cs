using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.TestingHost;
using Recording.Grains.Abstractions;
using Recording.Grains.Abstractions.Links;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Abstractions.Rooms;
using Recording.Grains.Recordings.Hosting;
using Recording.Grains.Rooms;
using Recording.Grains.State.Hosting;
using Recording.Grains.Tests.Doubles;
using Recording.Grains.Tracks;
using Recording.Model;
using Recording.Storage;

namespace Recording.Grains.Tests.Rooms;

/// <summary>A silo with the real rooms, links and recordings, on a store that a test can break.</summary>
public sealed class RoomCluster : IAsyncLifetime
{
    private readonly InProcessTestCluster _cluster;

    public RoomCluster()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IObjectStore>(Store);
            silo.Services.AddSerializer(static serializer => serializer.AddRecordingModel());
            silo.UseInMemoryReminderService();
            silo.AddObjectStoreGrainStorage();
            silo.AddTracks();
            silo.AddRecordings();
            silo.AddRooms(
                static rooms =>
                {
                    rooms.TickInterval = TimeSpan.FromMilliseconds(50);
                    rooms.PresenceInterval = TimeSpan.FromMilliseconds(100);
                    rooms.AutoRetry = TimeSpan.FromMilliseconds(200);
                    rooms.SfuGrace = TimeSpan.FromSeconds(3);
                },
                static links =>
                {
                    links.LeaseTtl = TimeSpan.FromMilliseconds(500);
                    links.AttachTtl = TimeSpan.FromSeconds(1);
                });
        });
        builder.ConfigureClient(static client =>
        {
            client.Services.AddSerializer(static serializer => serializer.AddRecordingModel());
            client.AddRecordingExceptions();
        });
        _cluster = builder.Build();
    }

    public MemoryObjectStore Store { get; } = new();

    public IGrainFactory Grains => _cluster.Client;

    public IRoomGrain Room(string id) => Grains.GetGrain<IRoomGrain>(id);

    public ISfuLinkGrain Link(string key) => Grains.GetGrain<ISfuLinkGrain>(key);

    public IRecordingGrain Recording(string id) => Grains.GetGrain<IRecordingGrain>(id);

    public Task InitializeAsync() => _cluster.DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    /// <summary>Has every activation leave memory, as a crash of the silo does, but in order.</summary>
    public async Task ForgetAll() => await Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);

    /// <summary>Waits for a condition; fails with what was last seen.</summary>
    public static Task<T> Until<T>(Func<Task<T>> read, Func<T, bool> isMet) => Polling.Until(read, isMet);
}

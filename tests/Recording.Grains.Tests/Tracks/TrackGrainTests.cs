using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Orleans.Serialization;
using Orleans.TestingHost;
using Recording.Grains.Abstractions;
using Recording.Grains.Abstractions.Tracks;
using Recording.Grains.Tests.Doubles;
using Recording.Grains.Tracks;
using Recording.Storage;

namespace Recording.Grains.Tests.Tracks;

public sealed class TrackGrainTests : IAsyncLifetime
{
    private static int s_tracks;

    private readonly MemoryObjectStore _store = new();
    private readonly InProcessTestCluster _cluster;
    private readonly string _trackId = "peer" + Interlocked.Increment(ref s_tracks).ToString(CultureInfo.InvariantCulture) + "-audio";

    public TrackGrainTests() => _cluster = Build(_store);

    private string Segments => RecordingKeys.Segments(TestTrack.Prefix, _trackId);

    private ITrackGrain Grain => _cluster.Client.GetGrain<ITrackGrain>("rec1/" + _trackId);

    public Task InitializeAsync() => _cluster.DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    private static InProcessTestCluster Build(IObjectStore store)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton(store);
            silo.Services.AddSerializer(serializer => serializer.AddRecordingModel());
            silo.AddTracks(options =>
            {
                options.SegmentInterval = TimeSpan.FromMilliseconds(50);
                options.SegmentBytes = 20_000;
                options.RollUpBytes = 60_000;
                options.WindowBytes = 200_000;
                options.RetryDelay = TimeSpan.FromMilliseconds(10);
                options.MaxRetryDelay = TimeSpan.FromMilliseconds(50);
                options.UploadTimeout = TimeSpan.FromMilliseconds(500);
                options.ConfirmTimeout = TimeSpan.FromMilliseconds(300);
                options.FlushTimeout = TimeSpan.FromSeconds(5);
            });
        });
        builder.ConfigureClient(client => client.Services.AddSerializer(serializer => serializer.AddRecordingModel()));
        return builder.Build();
    }

    private TrackOpening Opening(ulong firstUnstored = 1) => TestTrack.Opening(firstUnstored) with { TrackId = _trackId };

    /// <summary>Sends all packets as a gateway does: one call at a time, rewinding when told so.</summary>
    private static async Task<AppendResult> SendAsync(ITrackGrain grain, TrackOpening opening, ulong last, int batch = 100, int size = 0)
    {
        AppendResult result = await grain.Deliver(opening);
        while (result.ExpectedIndex <= last)
        {
            int count = (int)Math.Min((ulong)batch, last - result.ExpectedIndex + 1);
            result = await grain.Deliver(TestTrack.Batch(result.ExpectedIndex, count, size: size));
            if (result.Status == AppendStatus.NeedsOpening)
            {
                result = await grain.Deliver(opening);
            }
            else if (result.WindowBytes == 0)
            {
                result = await Polling.Until(() => grain.Deliver(TestTrack.Empty(result.ExpectedIndex)), r => r.WindowBytes > 0);
            }
        }

        return result;
    }

    private static Task<AppendResult> StoredAsync(ITrackGrain grain, ulong last) =>
        Polling.Until(() => grain.Deliver(TestTrack.Empty(last + 1)), r => r.StoredIndex >= last);

    [Fact]
    public async Task What_is_appended_is_stored_by_itself()
    {
        await SendAsync(Grain, Opening(), 2000);
        await StoredAsync(Grain, 2000);
        StoredTrack.Read(_store, Segments).AssertComplete(2000);
    }

    [Fact]
    public async Task A_store_that_throws_and_recovers_gets_everything_and_appends_never_wait_for_it()
    {
        _store.Break();
        await SendAsync(Grain, Opening(), 1000);
        Assert.Equal(0UL, (await Grain.Deliver(TestTrack.Empty(1001))).StoredIndex);
        _store.Repair();
        await StoredAsync(Grain, 1000);
        StoredTrack.Read(_store, Segments).AssertComplete(1000);
    }

    [Fact]
    public async Task A_store_that_hangs_and_recovers_gets_everything()
    {
        var never = new TaskCompletionSource();
        _store.Before = (_, _, _) => never.Task;
        await SendAsync(Grain, Opening(), 1000);
        _store.Repair();
        await StoredAsync(Grain, 1000);
        StoredTrack.Read(_store, Segments).AssertComplete(1000);
    }

    [Fact]
    public async Task While_the_store_is_down_memory_is_bounded_and_the_rest_follows()
    {
        _store.Break();
        AppendResult result = await Grain.Deliver(Opening());
        while (result.WindowBytes > 0)
        {
            result = await Grain.Deliver(TestTrack.Batch(result.ExpectedIndex, 20, size: 1000));
        }

        AppendResult refused = await Grain.Deliver(TestTrack.Batch(result.ExpectedIndex, 20, size: 1000));
        Assert.Equal((AppendStatus.Rewind, result.ExpectedIndex, 0), (refused.Status, refused.ExpectedIndex, refused.WindowBytes));
        Assert.InRange(result.ExpectedIndex, 150UL, 260UL);

        _store.Repair();
        await StoredAsync(Grain, result.ExpectedIndex - 1);
        result = await Grain.Deliver(TestTrack.Batch(result.ExpectedIndex, 20, size: 1000));
        Assert.Equal(AppendStatus.Accepted, result.Status);
    }

    [Fact]
    public async Task Deactivation_stores_what_is_open()
    {
        await Grain.Deliver(Opening());
        await Grain.Deliver(TestTrack.Batch(1, 100));
        await Grain.Cast<IGrainManagementExtension>().DeactivateOnIdle();
        await Polling.Until(() => StoredTrack.Read(_store, Segments).Packets.Count == 100);
        StoredTrack.Read(_store, Segments).AssertComplete(100);
    }

    [Fact]
    public async Task A_new_activation_goes_on_from_the_gateways_first_unstored_index()
    {
        await SendAsync(Grain, Opening(), 500);
        await StoredAsync(Grain, 500);
        await Grain.Cast<IGrainManagementExtension>().DeactivateOnIdle();
        await Polling.Until(() => Grain.Deliver(TestTrack.Empty(501)), r => r.Status == AppendStatus.NeedsOpening);
        await SendAsync(Grain, Opening(firstUnstored: 501), 900);
        await StoredAsync(Grain, 900);
        StoredTrack.Read(_store, Segments).AssertComplete(900);
    }

    [Fact]
    public async Task A_gateway_that_knows_nothing_learns_from_the_listing_what_is_stored()
    {
        await SendAsync(Grain, Opening(), 500);
        await StoredAsync(Grain, 500);
        await Grain.Cast<IGrainManagementExtension>().DeactivateOnIdle();
        await Polling.Until(() => Grain.Deliver(TestTrack.Empty(1)), r => r.Status == AppendStatus.NeedsOpening);
        await Grain.Deliver(Opening(firstUnstored: 1));
        AppendResult learned = await StoredAsync(Grain, 500);
        Assert.Equal(501UL, learned.ExpectedIndex);
    }

    [Fact]
    public async Task Seal_returns_true_when_everything_accepted_is_stored()
    {
        await SendAsync(Grain, Opening(), 300);
        _store.Break();
        await Grain.Deliver(TestTrack.Batch(301, 50));
        Assert.False(await Grain.Seal());
        Assert.Equal(AppendStatus.Sealed, (await Grain.Deliver(TestTrack.Batch(351, 10))).Status);
        _store.Repair();
        await Polling.Until(() => Grain.Seal(), done => done);
        StoredTrack.Read(_store, Segments).AssertComplete(350);
        Assert.Equal(10, (await Grain.GetFigures()).Late);
    }

    [Fact]
    public async Task A_sealed_object_ends_a_fresh_activation()
    {
        await _store.PutAsync(RecordingKeys.Sealed(TestTrack.Prefix, _trackId), "x"u8.ToArray());
        await Grain.Deliver(Opening());
        await Polling.Until(() => Grain.Deliver(TestTrack.Empty(1)), r => r.Status == AppendStatus.Sealed);
    }

    [Fact]
    public async Task Small_segments_are_merged_while_the_track_goes_on()
    {
        await SendAsync(Grain, Opening(), 1500, batch: 15, size: 1000);
        await StoredAsync(Grain, 1500);
        await Polling.Until(() => StoredTrack.Read(_store, Segments).Sections.Count >= 50 && _store.Keys.Count < 40);
        await Polling.Until(() => Grain.Seal(), done => done);
        Assert.Equal(1500, StoredTrack.ReadSizes(_store, Segments, 1000));
    }

    [Fact]
    public async Task Flush_stores_at_once_what_is_open()
    {
        await Grain.Deliver(Opening());
        await Grain.Deliver(TestTrack.Batch(1, 5));
        await Grain.Flush();
        await StoredAsync(Grain, 5);
    }

    [Fact]
    public async Task Segments_in_a_directory_hold_each_index_once()
    {
        using var directory = new TemporaryDirectory();
        using var store = new DirectoryObjectStore(new DirectoryStoreOptions { Root = directory.FullName, FlushToDisk = false }, TimeProvider.System);
        await using InProcessTestCluster cluster = Build(store);
        await cluster.DeployAsync();
        ITrackGrain grain = cluster.Client.GetGrain<ITrackGrain>("rec1/" + _trackId);
        await SendAsync(grain, Opening(), 3000);
        await StoredAsync(grain, 3000);
        await Polling.Until(() => grain.Seal(), done => done);

        List<(string, byte[])> objects = [];
        await foreach (ObjectInfo info in store.ListAsync(Segments))
        {
            await using StoredObject? found = await store.GetAsync(info.Key);
            objects.Add((info.Key, await found!.ReadAllAsync()));
        }

        StoredTrack.Read(objects).AssertComplete(3000);
    }
}

using System.Net;
using System.Text;
using Recording.Model;
using Recording.TestInfrastructure;

namespace Recording.Storage.Tests.S3;

/// <summary>The contract, and what only S3 has, against a real Ceph RADOS gateway.</summary>
[Collection(S3ServerGroup.Name)]
public sealed class S3ObjectStoreTests(S3Server server) : ObjectStoreContract, IAsyncLifetime, IDisposable
{
    private readonly S3StoreOptions _options = server.Options();
    private S3ObjectStore? _store;

    protected override IObjectStore Store => S3;

    private S3ObjectStore S3 => _store ?? throw new InvalidOperationException("Not started.");

    public async Task InitializeAsync()
    {
        _store = new S3ObjectStore(_options, TimeProvider.System);
        await _store.EnsureBucketAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _store?.Dispose();

    [Fact]
    public async Task Bucket_that_exists_is_taken_as_it_is_and_the_check_leaves_nothing()
    {
        await Store.PutAsync("kept", "1"u8.ToArray());

        await S3.EnsureBucketAsync();

        Assert.Equal(["kept"], await KeysAsync(""));
    }

    [Fact]
    public async Task Presigned_url_serves_the_object_and_not_when_tampered_with()
    {
        await Store.PutAsync("rooms/a b/é%20.json", "shared"u8.ToArray());
        Uri? url = await Store.PresignGetAsync("rooms/a b/é%20.json", TimeSpan.FromMinutes(1));
        using var http = new HttpClient();

        Assert.Equal("shared", await http.GetStringAsync(url));
        using HttpResponseMessage tampered = await http.GetAsync(new Uri(url!.ToString() + "0"));
        Assert.Equal(HttpStatusCode.Forbidden, tampered.StatusCode);
    }

    [Fact]
    public async Task Failed_and_cancelled_streams_leave_no_unfinished_upload()
    {
        using var cancelled = new CancellationTokenSource();

        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.PutStreamingAsync("failed", new PatternStream(40 << 20, failAt: 36 << 20)));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            Store.PutStreamingAsync("cancelled", new PatternStream(40 << 20, onRead: position => { if (position > 20 << 20) { cancelled.Cancel(); } }), cancelled.Token));

        Assert.Empty(await UnfinishedAsync());
        Assert.Empty(await KeysAsync(""));
    }

    [Fact]
    public async Task Upload_that_another_process_left_is_listed_and_can_be_aborted()
    {
        var stuck = new PatternStream(40 << 20, hangAt: 20 << 20);
        using var abandoned = new CancellationTokenSource();
        Task put = Store.PutStreamingAsync("rooms/left", stuck, abandoned.Token);
        await stuck.Hanging;

        UnfinishedUpload left = Assert.Single(await UnfinishedAsync());
        Assert.Equal("rooms/left", left.Key);
        Assert.InRange(left.StartedAt, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(1));
        await S3.AbortAsync(left);
        await S3.AbortAsync(left);

        Assert.Empty(await UnfinishedAsync());
        await abandoned.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => put);
    }

    [Fact]
    public async Task Stream_of_200_MB_is_put_and_read_in_bounded_memory()
    {
        const int Length = 200_000_000;
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long peak = 0;

        await Store.PutStreamingAsync("large", new PatternStream(Length, onRead: position =>
        {
            if (position % (8 << 20) < 70_000)
            {
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }));

        Assert.InRange(peak, 1, 48L << 20);
        await using StoredObject? read = await Store.GetAsync("large");
        Assert.Equal(Length, read!.Info.Size);
        Assert.Equal(Length, await PatternStream.VerifyAsync(read.Content));
        Assert.Empty(await UnfinishedAsync());
    }

    [Fact]
    public async Task Blocking_reads_give_the_same_bytes()
    {
        await Store.PutStreamingAsync("blocking", new PatternStream(3_000_000));
        await using StoredObject? read = await Store.GetAsync("blocking");
        byte[] content = new byte[3_000_000];

        // What reads track files blocks.
        await Task.Run(() => read!.Content.ReadExactly(content));

        Assert.Equal(3_000_000, await PatternStream.VerifyAsync(new MemoryStream(content)));
    }

    [Fact]
    public async Task Missing_bucket_is_said_and_not_taken_for_a_missing_object()
    {
        using var store = new S3ObjectStore(server.Options(), TimeProvider.System);

        foreach (Func<Task> call in new Func<Task>[] { () => store.HeadAsync("k"), () => store.GetAsync("k"), () => store.PutAsync("k", new byte[1]), () => store.DeleteAsync("k") })
        {
            string said = await UnavailableAsync(call);
            Assert.True(said.Contains("does not exist", StringComparison.Ordinal), said);
        }
    }

    [Fact]
    public async Task Wrong_keys_and_missing_permission_are_told_apart_in_one_sentence()
    {
        Assert.Contains("does not know the access key 'nobody'", await CheckAsync(options => options.AccessKey = "nobody"), StringComparison.Ordinal);
        Assert.Contains("the secret key is not the one", await CheckAsync(options => options.SecretKey = "wrong"), StringComparison.Ordinal);
        Assert.Contains("cannot be reached", await CheckAsync(options => options.Endpoint = $"127.0.0.1:{LoopbackPort.Free()}"), StringComparison.Ordinal);

        (string access, string secret) = await server.Gateway.AddUserAsync("guest", mayMakeBuckets: false);
        string denied = await CheckAsync(options => (options.Bucket, options.AccessKey, options.SecretKey) = (_options.Bucket, access, secret));
        Assert.Contains("'guest' has no permission", denied, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, denied, StringComparison.Ordinal);
        string cannotMake = await CheckAsync(options => (options.AccessKey, options.SecretKey) = (access, secret));
        Assert.Contains("make the bucket", cannotMake, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clock_an_hour_off_is_said_in_one_sentence()
    {
        // The client library's clock is one for the whole process, so another process has the wrong one.
        using System.Diagnostics.Process other = StoreProcess.Start("skewed", _options.Endpoint, _options.Bucket, _options.AccessKey, _options.SecretKey);
        string said = await other.StandardOutput.ReadToEndAsync();

        Assert.Contains("the clocks of this machine and of", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_freezes_for_a_moment_is_waited_for()
    {
        _options.AttemptTimeout = TimeSpan.FromMilliseconds(500);
        string? first = await Store.PutAsync("frozen", "1"u8.ToArray());
        server.Gateway.Freeze();
        Task<string?> put;
        try
        {
            put = Store.PutAsync("frozen", "2"u8.ToArray(), PutCondition.Match(first!));
            await Assert.ThrowsAsync<TimeoutException>(() => put.WaitAsync(TimeSpan.FromSeconds(1.2)));
        }
        finally
        {
            server.Gateway.Thaw();
        }

        // The first try is carried out after the thaw, its answer lost: the condition then fails, and the write counts all the same.
        string? second = await put;
        Assert.NotNull(second);
        Assert.Equal(second, (await Store.HeadAsync("frozen"))!.ETag);
        Assert.Equal("2", await TextAsync("frozen"));
    }

    private async Task<string> CheckAsync(Action<S3StoreOptions> change)
    {
        S3StoreOptions options = server.Options();
        options.CallTimeout = TimeSpan.FromSeconds(2);
        change(options);
        using var store = new S3ObjectStore(options, TimeProvider.System);
        return await UnavailableAsync(() => store.EnsureBucketAsync());
    }

    private static async Task<string> UnavailableAsync(Func<Task> call)
    {
        RecordingException e = await Assert.ThrowsAsync<RecordingException>(call);
        Assert.Equal(RecordingErrorCode.StoreUnavailable, e.Code);
        Assert.DoesNotContain('\n', e.Message);
        return e.Message;
    }

    private async Task<List<UnfinishedUpload>> UnfinishedAsync()
    {
        var found = new List<UnfinishedUpload>();
        await foreach (UnfinishedUpload upload in S3.ListUnfinishedAsync(""))
        {
            found.Add(upload);
        }

        return found;
    }
}

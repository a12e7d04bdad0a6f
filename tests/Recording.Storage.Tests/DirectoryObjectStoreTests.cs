using System.Diagnostics;
using Recording.Model;

namespace Recording.Storage.Tests;

public sealed class DirectoryObjectStoreTests : ObjectStoreContract, IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("store-").FullName;
    private readonly DirectoryObjectStore _store;

    public DirectoryObjectStoreTests() => _store = Open();

    protected override IObjectStore Store => _store;

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Objects_are_files_of_the_same_names()
    {
        await Store.PutAsync("rooms/r%20/x.json", "1"u8.ToArray());

        Assert.Equal("1", await File.ReadAllTextAsync(Path.Combine(_root, "rooms", "r%20", "x.json")));
    }

    [Fact]
    public async Task Store_opened_again_holds_what_was_put()
    {
        string? etag = await Store.PutAsync("again", "1"u8.ToArray());

        using DirectoryObjectStore second = Open();

        Assert.Equal(etag, (await second.HeadAsync("again"))!.ETag);
        Assert.Null(await second.PutAsync("again", "2"u8.ToArray(), PutCondition.Absent));
    }

    [Fact]
    public async Task Finished_and_failed_puts_leave_no_temporary_file()
    {
        await Store.PutAsync("t", new byte[10]);
        await Store.PutAsync("t", new byte[10], PutCondition.Absent);
        await Store.PutStreamingAsync("u", new MemoryStream(new byte[10]));

        Assert.Empty(TemporaryFiles());
    }

    [Fact]
    public async Task Process_killed_in_a_put_leaves_nothing_visible_and_its_files_are_swept_at_the_next_start()
    {
        using Process other = StoreProcess.Start("hang", _root, "killed/object");
        Assert.Equal("hanging", await other.StandardOutput.ReadLineAsync());
        string left = Assert.Single(TemporaryFiles());
        using (Open())
        {
            // The other process lives: a start must not take its file away.
            Assert.True(File.Exists(left));
        }

        other.Kill();
        await other.WaitForExitAsync();

        Assert.Null(await Store.HeadAsync("killed/object"));
        Assert.Empty(await KeysAsync(""));
        Assert.True(File.Exists(left));
        using DirectoryObjectStore next = Open();
        Assert.False(File.Exists(left));
        Assert.Empty(TemporaryFiles());
        await Store.PutAsync("killed/object", new byte[1]);
    }

    [Fact]
    public async Task No_increment_is_lost_between_two_processes()
    {
        const int Each = 60;
        await Store.PutAsync("shared", "0"u8.ToArray());
        using Process other = StoreProcess.Start("increment", _root, "shared", "60");

        await Task.WhenAll(IncrementAsync(Store, "shared", Each / 2), IncrementAsync(Store, "shared", Each / 2));
        await other.WaitForExitAsync();

        Assert.Equal(0, other.ExitCode);
        Assert.Equal("120", await TextAsync("shared"));
    }

    [Fact]
    public async Task Object_cannot_lie_below_an_object_nor_replace_a_folder()
    {
        await Store.PutAsync("x/y", new byte[1]);

        foreach (string key in new[] { "x/y/z", "x" })
        {
            RecordingException e = await Assert.ThrowsAsync<RecordingException>(() => Store.PutAsync(key, new byte[1]));
            Assert.Equal(RecordingErrorCode.ProtocolViolation, e.Code);
        }

        Assert.Null(await Store.GetAsync("x/y/z"));
    }

    [Fact]
    public async Task Symbolic_link_out_of_the_store_is_not_listed()
    {
        Directory.CreateSymbolicLink(Path.Combine(_root, "out"), "/etc");
        await Store.PutAsync("in", new byte[1]);

        Assert.Equal(["in"], await KeysAsync(""));
    }

    [Fact]
    public async Task Listing_goes_on_while_objects_come_and_go()
    {
        for (int i = 0; i < 50; i++)
        {
            await Store.PutAsync($"moving/{i:d2}/x", new byte[1]);
        }

        int seen = 0;
        await foreach (ObjectInfo info in Store.ListAsync("moving/"))
        {
            seen++;
            await Store.DeleteAsync($"moving/{49 - (seen % 25):d2}/x");
        }

        Assert.InRange(seen, 25, 50);
    }

    [Fact]
    public async Task Deletes_and_puts_in_one_folder_do_not_disturb_each_other()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async n =>
        {
            for (int i = 0; i < 50; i++)
            {
                await Store.PutAsync($"busy/folder/{n}", new byte[1]);
                await Store.DeleteAsync($"busy/folder/{n}");
            }
        }));

        Assert.Empty(await KeysAsync(""));
    }

    [Fact]
    public void Root_that_is_a_file_is_said_so()
    {
        string file = Path.Combine(_root, "file");
        File.WriteAllText(file, "");

        RecordingException e = Assert.Throws<RecordingException>(
            () => new DirectoryObjectStore(new DirectoryStoreOptions { Root = file }, TimeProvider.System));

        Assert.Equal(RecordingErrorCode.StoreUnavailable, e.Code);
    }

    [Theory]
    [InlineData(128 * 1024)]
    [InlineData((128 * 1024) + 1)]
    [InlineData((512 * 1024) - 1)]
    [InlineData((1 << 20) + 4097)]
    public async Task Track_data_is_the_same_whether_it_goes_past_the_page_cache_or_not(int length)
    {
        using var aligned = PutBuffer.Rent(length);
        Random.Shared.NextBytes(aligned.Memory.Span);
        byte[] copy = new byte[length + 1];
        aligned.Memory.Span.CopyTo(copy.AsSpan(1));

        await Store.PutAsync("aligned.rtp", aligned.Memory);
        await Store.PutAsync("elsewhere.rtp", copy.AsMemory(1));
        await Store.PutAsync("through-the-cache.json", aligned.Memory);

        foreach (string key in new[] { "aligned.rtp", "elsewhere.rtp", "through-the-cache.json" })
        {
            byte[] stored = await File.ReadAllBytesAsync(Path.Combine(_root, key));
            Assert.True(aligned.Memory.Span.SequenceEqual(stored), key);
        }
    }

    [Fact]
    public async Task Track_data_is_written_where_the_file_system_has_no_way_past_the_cache()
    {
        // In the memory of the machine: older kernels refuse the flag there, newer ones take it.
        string root = Directory.CreateDirectory(Path.Combine("/dev/shm", $"store-{Guid.NewGuid():N}")).FullName;
        try
        {
            using var store = new DirectoryObjectStore(new DirectoryStoreOptions { Root = root }, TimeProvider.System);
            byte[] content = new byte[300_001];
            Random.Shared.NextBytes(content);

            await store.PutAsync("a.rtp", content);
            await store.PutAsync("b.rtp", content);

            Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(root, "a.rtp")));
            Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(root, "b.rtp")));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public void A_buffer_is_used_again_only_after_it_was_given_back()
    {
        var first = PutBuffer.Rent(500_000);
        using var second = PutBuffer.Rent(500_000);
        Assert.False(first.Memory.Span.Overlaps(second.Memory.Span));
        first.Dispose();
        first.Dispose();
        PutBuffer[] next = [.. Enumerable.Range(0, 20).Select(static _ => PutBuffer.Rent(500_000))];

        for (int i = 0; i < next.Length; i++)
        {
            Assert.False(next[i].Memory.Span.Overlaps(second.Memory.Span));
            Assert.DoesNotContain(next[..i], other => other.Memory.Span.Overlaps(next[i].Memory.Span));
        }
    }

    private DirectoryObjectStore Open() => new(new DirectoryStoreOptions { Root = _root }, TimeProvider.System);

    private string[] TemporaryFiles() => [.. Directory.EnumerateFiles(Path.Combine(_root, ".store", "tmp"), "*", SearchOption.AllDirectories)
        .Where(file => !file.EndsWith(".lock", StringComparison.Ordinal))];
}

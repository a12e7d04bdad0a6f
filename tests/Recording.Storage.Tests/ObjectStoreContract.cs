using System.Security.Cryptography;
using System.Text;
using Recording.Model;

namespace Recording.Storage.Tests;

/// <summary>What every object store must do; a store's own test class inherits it.</summary>
public abstract class ObjectStoreContract
{
    /// <summary>The store under test, empty below the prefixes that the tests use.</summary>
    protected abstract IObjectStore Store { get; }

    [Fact]
    public async Task Object_that_was_put_is_read_back_with_its_size_and_etag()
    {
        string? etag = await Store.PutAsync("a/b.txt", "hello"u8.ToArray());

        Assert.False(string.IsNullOrEmpty(etag));
        await using StoredObject? read = await Store.GetAsync("a/b.txt");
        Assert.Equal("hello", Encoding.UTF8.GetString(await read!.ReadAllAsync()));
        Assert.Equal(new ObjectInfo("a/b.txt", 5, etag, read.Info.LastModified), read.Info);
        ObjectInfo? head = await Store.HeadAsync("a/b.txt");
        Assert.Equal(read.Info, head);
    }

    [Fact]
    public async Task Empty_object_is_an_object()
    {
        await Store.PutAsync("empty", ReadOnlyMemory<byte>.Empty);

        Assert.Equal(0, (await Store.HeadAsync("empty"))!.Size);
        await using StoredObject? read = await Store.GetAsync("empty");
        Assert.Empty(await read!.ReadAllAsync());
    }

    [Fact]
    public async Task Missing_object_is_null_and_its_deletion_no_error()
    {
        Assert.Null(await Store.GetAsync("nothing/here"));
        Assert.Null(await Store.HeadAsync("nothing/here"));
        Assert.Null(await Store.HeadAsync("nothing"));
        await Store.DeleteAsync("nothing/here");
    }

    [Fact]
    public async Task Put_over_an_object_replaces_it_and_changes_the_etag()
    {
        string? first = await Store.PutAsync("k", "1"u8.ToArray());
        string? second = await Store.PutAsync("k", "2"u8.ToArray());

        Assert.NotEqual(first, second, StringComparer.Ordinal);
        Assert.Equal("2", await TextAsync("k"));
    }

    [Fact]
    public async Task Put_if_absent_happens_once()
    {
        Assert.NotNull(await Store.PutAsync("once", "1"u8.ToArray(), PutCondition.Absent));
        Assert.Null(await Store.PutAsync("once", "2"u8.ToArray(), PutCondition.Absent));
        Assert.Equal("1", await TextAsync("once"));
    }

    [Fact]
    public async Task Put_if_match_happens_only_over_that_version()
    {
        string? first = await Store.PutAsync("m", "1"u8.ToArray());
        string? second = await Store.PutAsync("m", "2"u8.ToArray(), PutCondition.Match(first!));

        Assert.NotNull(second);
        Assert.Null(await Store.PutAsync("m", "3"u8.ToArray(), PutCondition.Match(first!)));
        Assert.Equal("2", await TextAsync("m"));
        Assert.Null(await Store.PutAsync("not-there", "1"u8.ToArray(), PutCondition.Match(second)));
        Assert.Null(await Store.HeadAsync("not-there"));
    }

    [Fact]
    public async Task One_of_many_writers_wins_an_absent_key()
    {
        string?[] results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            Store.PutAsync("race/absent", Encoding.UTF8.GetBytes($"writer {i}"), PutCondition.Absent)));

        int winner = Assert.Single(Enumerable.Range(0, 16), i => results[i] is not null);
        Assert.Equal($"writer {winner}", await TextAsync("race/absent"));
    }

    [Fact]
    public async Task No_increment_is_lost_between_writers_with_conditions()
    {
        await Store.PutAsync("race/count", "0"u8.ToArray());

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => IncrementAsync(Store, "race/count", 10)));

        Assert.Equal("40", await TextAsync("race/count"));
    }

    [Theory]
    [InlineData(0, 3L, "012")]
    [InlineData(7, 2L, "78")]
    [InlineData(7, null, "789")]
    [InlineData(7, 100L, "789")]
    [InlineData(0, 0L, "")]
    [InlineData(10, 5L, "")]
    [InlineData(500, null, "")]
    public async Task Range_gives_its_bytes_and_the_whole_size(long offset, long? length, string expected)
    {
        await Store.PutAsync("range", "0123456789"u8.ToArray());

        await using StoredObject? read = await Store.GetAsync("range", new ByteRange(offset, length));

        Assert.Equal(expected, Encoding.UTF8.GetString(await read!.ReadAllAsync()));
        Assert.Equal(10, read.Info.Size);
    }

    [Fact]
    public async Task Listing_is_in_ordinal_order_of_keys_and_only_below_the_prefix()
    {
        string[] keys = ["list/a", "list/a-b", "list/a.x/1", "list/a/1", "list/a/2/3", "list/a0", "list/b", "list2/c", "lisu"];
        foreach (string key in keys.Reverse())
        {
            await Store.PutAsync(key == "list/a" ? "list/a!" : key, "x"u8.ToArray());
        }

        Assert.Equal(["list/a!", "list/a-b", "list/a.x/1", "list/a/1", "list/a/2/3", "list/a0", "list/b"], await KeysAsync("list/"));
        Assert.Equal(["list/a/1", "list/a/2/3"], await KeysAsync("list/a/"));
        Assert.Equal(["list/a.x/1"], await KeysAsync("list/a."));
        Assert.Equal(["list/a/2/3"], await KeysAsync("list/a/2"));
        Assert.Equal(8, (await KeysAsync("list")).Count);
        Assert.Empty(await KeysAsync("nothing/"));
        Assert.Empty(await KeysAsync("list/a/1/"));
    }

    [Fact]
    public async Task Listing_tells_sizes_and_goes_over_many_pages()
    {
        for (int i = 0; i < 1_050; i += 35)
        {
            await Task.WhenAll(Enumerable.Range(i, 35).Select(n => Store.PutAsync($"pages/{n:d5}", new byte[n % 10])));
        }

        var found = new List<ObjectInfo>();
        await foreach (ObjectInfo info in Store.ListAsync("pages/"))
        {
            found.Add(info);
        }

        Assert.Equal(Enumerable.Range(0, 1_050).Select(n => ($"pages/{n:d5}", (long)(n % 10))), found.Select(info => (info.Key, info.Size)));
    }

    [Fact]
    public async Task Deleted_object_is_gone()
    {
        await Store.PutAsync("d/e/f", "x"u8.ToArray());

        await Store.DeleteAsync("d/e/f");

        Assert.Null(await Store.HeadAsync("d/e/f"));
        Assert.Empty(await KeysAsync("d/"));
        await Store.PutAsync("d/e", "a file where a folder was"u8.ToArray());
        Assert.Equal(["d/e"], await KeysAsync("d/"));
    }

    [Fact]
    public async Task Streamed_object_is_byte_identical_over_several_parts()
    {
        byte[] content = new byte[13_000_000];
        new Random(1).NextBytes(content);

        string etag = await Store.PutStreamingAsync("streamed", new UnseekableStream(content));

        await using StoredObject? read = await Store.GetAsync("streamed");
        Assert.Equal(Convert.ToHexString(SHA256.HashData(content)), Convert.ToHexString(SHA256.HashData(await read!.ReadAllAsync())));
        Assert.Equal(etag, read.Info.ETag);
        Assert.Equal(etag, (await Store.HeadAsync("streamed"))!.ETag);
        Assert.NotNull(await Store.PutAsync("streamed", "new"u8.ToArray(), PutCondition.Match(etag)));
    }

    [Fact]
    public async Task Small_and_empty_streams_are_objects_too()
    {
        await Store.PutStreamingAsync("streamed-small", new UnseekableStream([1, 2, 3]));
        await Store.PutStreamingAsync("streamed-empty", new UnseekableStream([]));

        Assert.Equal(3, (await Store.HeadAsync("streamed-small"))!.Size);
        Assert.Equal(0, (await Store.HeadAsync("streamed-empty"))!.Size);
    }

    [Fact]
    public async Task Stream_that_fails_leaves_nothing_and_keeps_what_was_there()
    {
        await Store.PutAsync("kept", "old"u8.ToArray());

        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.PutStreamingAsync("kept", new FailingStream(6_000_000)));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.PutStreamingAsync("never", new FailingStream(6_000_000)));

        Assert.Equal("old", await TextAsync("kept"));
        Assert.Null(await Store.HeadAsync("never"));
    }

    [Fact]
    public async Task Reader_keeps_its_version_while_a_writer_replaces_it()
    {
        byte[] old = new byte[500_000];
        Array.Fill(old, (byte)1);
        await Store.PutAsync("replaced", old);
        await using StoredObject? read = await Store.GetAsync("replaced");

        await Store.PutAsync("replaced", new byte[500_000]);

        Assert.Equal(old, await read!.ReadAllAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("a/..")]
    [InlineData("./a")]
    [InlineData("a/./b")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData(".store/locks/00")]
    public async Task Key_that_could_escape_is_refused_everywhere(string key)
    {
        await AssertRefusedAsync(() => Store.PutAsync(key, new byte[1]));
        await AssertRefusedAsync(() => Store.PutStreamingAsync(key, new MemoryStream([1])));
        await AssertRefusedAsync(() => Store.GetAsync(key));
        await AssertRefusedAsync(() => Store.HeadAsync(key));
        await AssertRefusedAsync(() => Store.DeleteAsync(key));
        await AssertRefusedAsync(() => Store.PresignGetAsync(key, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Key_over_the_limits_is_refused_and_at_the_limit_taken()
    {
        string longest = string.Join('/', Enumerable.Repeat(new string('a', 204), 5));
        Assert.Equal(ObjectKey.MaxLength, longest.Length);

        await Store.PutAsync(longest, new byte[1]);
        Assert.NotNull(await Store.HeadAsync(longest));

        await AssertRefusedAsync(() => Store.PutAsync(longest + "a", new byte[1]));
        await AssertRefusedAsync(() => Store.PutAsync(new string('a', 256), new byte[1]));
        await AssertRefusedAsync(() => Store.PutAsync("half\ud800", new byte[1]));
    }

    [Fact]
    public async Task Prefix_that_could_escape_is_refused()
    {
        foreach (string prefix in new[] { "../", "a/../", "/", ".store/", "a//" })
        {
            RecordingException e = await Assert.ThrowsAsync<RecordingException>(() => KeysAsync(prefix));
            Assert.Equal(RecordingErrorCode.ProtocolViolation, e.Code);
        }
    }

    [Fact]
    public async Task Keys_keep_percent_signs_spaces_and_letters_of_any_script()
    {
        string[] keys = ["odd/%2E%2E", "odd/a b", "odd/~+&?#", "odd/éß漢"];
        foreach (string key in keys)
        {
            await Store.PutAsync(key, Encoding.UTF8.GetBytes(key));
        }

        Assert.Equal(keys, await KeysAsync("odd/"), StringComparer.Ordinal);
        foreach (string key in keys)
        {
            Assert.Equal(key, await TextAsync(key));
        }
    }

    [Fact]
    public async Task Cancelled_call_writes_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutAsync("cancelled", new byte[1], cancellationToken: cancelled.Token));

        Assert.Null(await Store.HeadAsync("cancelled"));
    }

    internal static async Task IncrementAsync(IObjectStore store, string key, int times)
    {
        for (int done = 0; done < times;)
        {
            await using StoredObject? read = await store.GetAsync(key);
            int value = int.Parse(Encoding.UTF8.GetString(await read!.ReadAllAsync()), System.Globalization.CultureInfo.InvariantCulture);
            byte[] next = Encoding.UTF8.GetBytes((value + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
            if (await store.PutAsync(key, next, PutCondition.Match(read.Info.ETag)) is not null)
            {
                done++;
            }
        }
    }

    protected async Task<string> TextAsync(string key)
    {
        await using StoredObject? read = await Store.GetAsync(key);
        return Encoding.UTF8.GetString(await read!.ReadAllAsync());
    }

    protected async Task<List<string>> KeysAsync(string prefix)
    {
        var keys = new List<string>();
        await foreach (ObjectInfo info in Store.ListAsync(prefix))
        {
            keys.Add(info.Key);
        }

        return keys;
    }

    private static async Task AssertRefusedAsync(Func<Task> call)
    {
        RecordingException e = await Assert.ThrowsAsync<RecordingException>(call);
        Assert.Equal(RecordingErrorCode.ProtocolViolation, e.Code);
    }

    private class UnseekableStream(byte[] content) : MemoryStream(content, writable: false)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();
    }

    private sealed class FailingStream(int failAt) : UnseekableStream(new byte[failAt])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = await base.ReadAsync(buffer, cancellationToken);
            return read > 0 ? read : throw new InvalidOperationException("The source failed.");
        }

        public override int Read(Span<byte> buffer)
        {
            int read = base.Read(buffer);
            return read > 0 ? read : throw new InvalidOperationException("The source failed.");
        }
    }
}

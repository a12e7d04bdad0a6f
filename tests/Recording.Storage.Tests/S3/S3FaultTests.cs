using System.Diagnostics;
using Recording.Model;

namespace Recording.Storage.Tests.S3;

/// <summary>What a server that hangs, breaks off or refuses does to the S3 store.</summary>
public sealed class S3FaultTests
{
    private const string Version = "0123456789abcdef0123456789abcdef";
    private const string Written = $"ETag: \"{Version}\"\r\n";

    [Theory]
    [InlineData("put")]
    [InlineData("stream")]
    [InlineData("get")]
    [InlineData("head")]
    [InlineData("list")]
    [InlineData("delete")]
    [InlineData("check")]
    public async Task Server_that_never_answers_is_4001_within_the_deadline(string call)
    {
        await using var server = new ScriptedServer(static (_, _) => ScriptedServer.Silence);
        using S3ObjectStore store = Open(server, Impatient);
        long startedAt = Stopwatch.GetTimestamp();

        string said = await UnavailableAsync(() => CallAsync(store, call));

        Assert.InRange(Stopwatch.GetElapsedTime(startedAt), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8));
        Assert.Contains("did not answer within", said, StringComparison.Ordinal);
        Assert.True(server.Requests.Count > 1, "It was not tried again.");
    }

    [Theory]
    [InlineData("put")]
    [InlineData("get")]
    [InlineData("head")]
    [InlineData("list")]
    [InlineData("delete")]
    public async Task Refusal_is_4001_at_once(string call)
    {
        await using var server = new ScriptedServer(static (head, _) => head.StartsWith("HEAD", StringComparison.Ordinal) ? ScriptedServer.Reply(403) : ScriptedServer.Error(403, "AccessDenied"));
        using S3ObjectStore store = Open(server);

        string said = await UnavailableAsync(() => CallAsync(store, call));

        Assert.Contains("permission", said, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("put")]
    [InlineData("get")]
    [InlineData("list")]
    public async Task Overloaded_server_is_tried_until_the_deadline(string call)
    {
        await using var server = new ScriptedServer(static (_, _) => ScriptedServer.Error(503, "SlowDown"));
        using S3ObjectStore store = Open(server, Impatient);

        string said = await UnavailableAsync(() => CallAsync(store, call));

        Assert.Contains("503 SlowDown", said, StringComparison.Ordinal);
        Assert.InRange(server.Requests.Count, 2, 100);
    }

    [Fact]
    public async Task Faults_that_pass_are_not_seen()
    {
        await using var server = new ScriptedServer(static (_, number) => number switch
        {
            1 => ScriptedServer.Error(503, "ServiceUnavailable"),
            2 => "",
            3 => ScriptedServer.Error(500, "InternalError"),
            4 => ScriptedServer.Error(409, "ConditionalRequestConflict"),
            5 => ScriptedServer.Reply(502, "<html>a proxy's page</html>"),
            6 => ScriptedServer.Reply(400),
            _ => ScriptedServer.Reply(200, headers: Written),
        });
        using S3ObjectStore store = Open(server);

        Assert.Equal(Version, await store.PutAsync("k", new byte[10], PutCondition.Absent));
        Assert.Equal(7, server.Requests.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Condition_that_fails_after_a_lost_answer_counts_as_written_only_if_it_was_this_put(bool ours)
    {
        string putId = "another";
        await using var server = new ScriptedServer((head, number) =>
        {
            if (number == 1)
            {
                putId = ours ? ScriptedServer.Header(head, "x-amz-meta-put-id")! : putId;
                return "";
            }

            return head.StartsWith("HEAD", StringComparison.Ordinal)
                ? ScriptedServer.Reply(200, headers: $"{Written}x-amz-meta-put-id: {putId}\r\n")
                : ScriptedServer.Error(412, "PreconditionFailed");
        });
        using S3ObjectStore store = Open(server);

        Assert.Equal(ours ? Version : null, await store.PutAsync("k", new byte[10], PutCondition.Absent));
    }

    [Fact]
    public async Task If_match_over_nothing_does_not_hold_on_AWS_either()
    {
        await using var server = new ScriptedServer(static (_, _) => ScriptedServer.Error(404, "NoSuchKey"));
        using S3ObjectStore store = Open(server);

        Assert.Null(await store.PutAsync("k", new byte[10], PutCondition.Match("abc")));
        Assert.Null(await store.PutAsync("k", new byte[10], PutCondition.Match("")));
    }

    [Theory]
    [InlineData(ScriptedServer.Stall, "stalled")]
    [InlineData("", "broke off")]
    public async Task Answer_that_ends_early_is_4001_and_never_a_short_read(string end, string expected)
    {
        await using var server = new ScriptedServer((_, _) => "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n" + Written + "\r\nhalf" + end);
        using S3ObjectStore store = Open(server, Impatient);
        await using StoredObject? read = await store.GetAsync("k");

        Assert.Contains(expected, await UnavailableAsync(() => read!.ReadAllAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caller_that_gives_up_is_told_so_at_once()
    {
        await using var server = new ScriptedServer(static (_, _) => ScriptedServer.Silence);
        using S3ObjectStore store = Open(server, options => options.CallTimeout = options.AttemptTimeout = TimeSpan.FromMinutes(5));
        using var given = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.GetAsync("k", cancellationToken: given.Token));
    }

    [Theory]
    [InlineData("AES256", "AES256", null)]
    [InlineData("aws:kms", "aws:kms", null)]
    [InlineData("aws:kms:key-1", "aws:kms", "key-1")]
    [InlineData("", null, null)]
    public async Task Encryption_is_asked_for_in_plain_and_streamed_puts(string setting, string? algorithm, string? key)
    {
        await using var server = new ScriptedServer(static (head, _) => head.StartsWith("POST", StringComparison.Ordinal)
            ? ScriptedServer.Error(403, "AccessDenied")
            : ScriptedServer.Reply(200, headers: Written));
        using S3ObjectStore store = Open(server, options => options.ServerSideEncryption = setting);

        await store.PutAsync("k", new byte[10]);
        await UnavailableAsync(() => store.PutStreamingAsync("k", new MemoryStream(new byte[3 << 20])));

        Assert.Equal(2, server.Requests.Count);
        Assert.All(server.Requests, head =>
        {
            Assert.Equal(algorithm, ScriptedServer.Header(head, "x-amz-server-side-encryption"));
            Assert.Equal(key, ScriptedServer.Header(head, "x-amz-server-side-encryption-aws-kms-key-id"));
        });
    }

    [Fact]
    public async Task Requests_are_as_every_server_takes_them()
    {
        await using var server = new ScriptedServer(static (_, _) => ScriptedServer.Reply(200, headers: Written));
        using S3ObjectStore store = Open(server);

        await store.PutAsync("a b/c", new byte[10], PutCondition.Match("abc"));

        string head = Assert.Single(server.Requests);
        Assert.StartsWith("PUT /bucket/a%20b/c HTTP/1.1", head, StringComparison.Ordinal);
        Assert.Equal("abc", ScriptedServer.Header(head, "If-Match"));
        Assert.Equal("10", ScriptedServer.Header(head, "Content-Length"));
        Assert.Null(ScriptedServer.Header(head, "x-amz-trailer"));
        Assert.Matches("^[0-9a-f]{64}$", ScriptedServer.Header(head, "x-amz-content-sha256")!);
    }

    [Fact]
    public async Task Failed_part_aborts_the_upload()
    {
        await using var server = new ScriptedServer(static (head, _) => head switch
        {
            _ when head.StartsWith("POST", StringComparison.Ordinal) => ScriptedServer.Reply(200, "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"),
            _ when head.StartsWith("DELETE", StringComparison.Ordinal) => ScriptedServer.Reply(204),
            _ => ScriptedServer.Error(403, "AccessDenied"),
        });
        using S3ObjectStore store = Open(server);

        await UnavailableAsync(() => store.PutStreamingAsync("k", new MemoryStream(new byte[3 << 20])));

        Assert.StartsWith("DELETE /bucket/k?uploadId=u1", server.Requests[^1], StringComparison.Ordinal);
    }

    private static Task CallAsync(S3ObjectStore store, string call) => call switch
    {
        "put" => store.PutAsync("k", new byte[10]),
        "stream" => store.PutStreamingAsync("k", new MemoryStream(new byte[2 << 20])),
        "get" => store.GetAsync("k"),
        "head" => store.HeadAsync("k"),
        "list" => ListAsync(store),
        "delete" => store.DeleteAsync("k"),
        _ => store.EnsureBucketAsync(),
    };

    private static async Task ListAsync(S3ObjectStore store)
    {
        await foreach (ObjectInfo info in store.ListAsync(""))
        {
            Assert.Fail($"Nothing can be listed, but '{info.Key}' was.");
        }
    }

    private static S3ObjectStore Open(ScriptedServer server, Action<S3StoreOptions>? change = null)
    {
        var options = new S3StoreOptions
        {
            Endpoint = server.Endpoint,
            Bucket = "bucket",
            AttemptTimeout = TimeSpan.FromSeconds(10),
            CallTimeout = TimeSpan.FromSeconds(30),
            RetryDelay = TimeSpan.FromMilliseconds(20),
            MaxRetryDelay = TimeSpan.FromMilliseconds(200),
        };
        change?.Invoke(options);
        return new S3ObjectStore(options, TimeProvider.System);
    }

    private static void Impatient(S3StoreOptions options)
    {
        options.AttemptTimeout = TimeSpan.FromMilliseconds(400);
        options.CallTimeout = TimeSpan.FromMilliseconds(1500);
    }

    private static async Task<string> UnavailableAsync(Func<Task> call)
    {
        RecordingException e = await Assert.ThrowsAsync<RecordingException>(call);
        Assert.Equal(RecordingErrorCode.StoreUnavailable, e.Code);
        return e.Message;
    }
}

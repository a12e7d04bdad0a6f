using System.Net;
using System.Net.Sockets;
using Recording.Model;
using Recording.PostProcessing.Transcript;

namespace Recording.PostProcessing.Tests.Transcript;

/// <summary>Everything a transcriber can answer, over real HTTP.</summary>
public sealed class HttpTranscriberTests : IDisposable
{
    private const string Good = """{"task":"transcribe","language":"english","duration":2.0,"text":"hello","segments":[{"id":1,"start":1.5,"end":1.9,"text":" world "},{"id":0,"start":0.2,"end":0.9,"text":"hello","tokens":[1,2]},{"start":1.9,"end":2,"text":"  "}]}""";
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task A_piece_is_sent_as_a_form_and_segments_come_back_in_order()
    {
        await using var server = new TranscriptionServer((_, response) => TranscriptionServer.SayAsync(response, 200, Good));
        var transcriber = new HttpTranscriber(_client, Options(server.Url, options => (options.Key, options.Model) = ("secret", "tiny")), TimeProvider.System);
        Transcription heard = await transcriber.TranscribeAsync(new byte[] { 1, 2, 3 }, new TranscriptSettings { Language = "en" }, CancellationToken.None);
        Assert.Equal([new SpokenSegment(0.2, 0.9, "hello"), new SpokenSegment(1.5, 1.9, "world")], heard.Segments);
        Assert.Equal("english", heard.Language);
        TranscriptionRequest request = Assert.Single(server.Requests);
        Assert.Equal(("/v1/audio/transcriptions", "Bearer secret", "piece.wav"), (request.Path, request.Authorization, request.FileName));
        Assert.Equal(("tiny", "verbose_json", "en"), (request.Fields["model"], request.Fields["response_format"], request.Fields["language"]));
        Assert.Equal([1, 2, 3], request.File);
    }

    [Fact]
    public async Task A_path_in_the_address_is_kept_and_no_key_is_sent_when_there_is_none()
    {
        await using var server = new TranscriptionServer((_, response) => TranscriptionServer.SayAsync(response, 200, Good));
        var transcriber = new HttpTranscriber(_client, Options(new Uri(server.Url, "asr/listen")), TimeProvider.System);
        await transcriber.TranscribeAsync(new byte[1], TranscriptSettings.Default, CancellationToken.None);
        TranscriptionRequest request = Assert.Single(server.Requests);
        Assert.Equal(("/asr/listen", ""), (request.Path, request.Authorization));
        Assert.False(request.Fields.ContainsKey("language"));
    }

    [Theory]
    [InlineData(429, "slow down")]
    [InlineData(500, "<html>oops</html>")]
    [InlineData(503, "")]
    [InlineData(200, "{\"text\":\"no segments\"}")]
    [InlineData(200, "{\"segments\":[{\"start\":")]
    [InlineData(200, "[]")]
    [InlineData(200, "{\"segments\":[{\"start\":\"soon\",\"end\":1,\"text\":\"x\"}]}")]
    [InlineData(200, "{\"segments\":[3]}")]
    public async Task What_may_pass_is_asked_again_until_it_has(int status, string body)
    {
        int asked = 0;
        await using var server = new TranscriptionServer((_, response) =>
            Interlocked.Increment(ref asked) < 3 ? TranscriptionServer.SayAsync(response, status, body) : TranscriptionServer.SayAsync(response, 200, Good));
        var transcriber = new HttpTranscriber(_client, Options(server.Url), TimeProvider.System);
        Assert.Equal(2, (await transcriber.TranscribeAsync(new byte[1], TranscriptSettings.Default, CancellationToken.None)).Segments.Count);
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [InlineData(429, "slow down", "answered 429 (slow down), 4 times in a row")]
    [InlineData(500, "oops", "answered 500 (oops)")]
    [InlineData(200, "not json", "answered what is not JSON of segments")]
    public async Task What_does_not_pass_ends_after_the_last_attempt_as_a_failure_that_later_may(int status, string body, string expected)
    {
        await using var server = new TranscriptionServer((_, response) => TranscriptionServer.SayAsync(response, status, body));
        RecordingException failure = await FailureAsync(Options(server.Url));
        Assert.Equal(RecordingErrorCode.FinalizationFailed, failure.Code);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(413)]
    public async Task A_refusal_is_not_asked_again(int status)
    {
        await using var server = new TranscriptionServer((_, response) => TranscriptionServer.SayAsync(response, status, "{\"error\":\"no\"}"));
        RecordingException failure = await FailureAsync(Options(server.Url));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, failure.Code);
        Assert.Contains($"refused the request with {status}", failure.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_server_that_is_down_or_drops_the_connection_is_named()
    {
        using var nobody = new TcpListener(IPAddress.Loopback, 0);
        nobody.Start();
        int port = ((IPEndPoint)nobody.LocalEndpoint).Port;
        nobody.Stop();
        RecordingException failure = await FailureAsync(Options(new Uri($"http://127.0.0.1:{port}")));
        Assert.Contains($"the transcriber 127.0.0.1:{port} cannot be reached", failure.Message, StringComparison.Ordinal);

        // Accepts, and hangs up on whoever asks.
        using var rude = new TcpListener(IPAddress.Loopback, 0);
        rude.Start();
        Task<RecordingException> asking = FailureAsync(Options(new Uri($"http://127.0.0.1:{((IPEndPoint)rude.LocalEndpoint).Port}"), options => options.Attempts = 2));
        for (int i = 0; i < 2; i++)
        {
            using Socket caller = await rude.AcceptSocketAsync();
            caller.LingerState = new LingerOption(true, 0);
        }

        Assert.Contains("cannot be reached", (await asking).Message, StringComparison.Ordinal);
    }

    // The runtime asks a new connection for its address, and throws a bare SocketException when it is gone by then.
    [Fact]
    public async Task A_connection_reset_just_after_it_is_made_is_asked_again()
    {
        await using var server = new TranscriptionServer((_, response) => TranscriptionServer.SayAsync(response, 200, Good));
        using var rude = new TcpListener(IPAddress.Loopback, 0);
        rude.Start();
        int connections = 0;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                if (Interlocked.Increment(ref connections) > 2)
                {
                    await socket.ConnectAsync(server.Url.Host, server.Url.Port, cancellationToken);
                }
                else
                {
                    await socket.ConnectAsync(rude.LocalEndpoint, cancellationToken);
                    using (Socket caller = await rude.AcceptSocketAsync(cancellationToken))
                    {
                        caller.LingerState = new LingerOption(true, 0);
                    }

                    Assert.True(socket.Poll(TimeSpan.FromSeconds(30), SelectMode.SelectRead));
                }

                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        var transcriber = new HttpTranscriber(client, Options(server.Url), TimeProvider.System);
        Assert.Equal(2, (await transcriber.TranscribeAsync(new byte[1], TranscriptSettings.Default, CancellationToken.None)).Segments.Count);
        Assert.Equal(3, connections);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        using var over = new CancellationTokenSource();
        await using var server = new TranscriptionServer((_, _) => Task.Delay(Timeout.Infinite, over.Token));
        RecordingException failure = await FailureAsync(Options(server.Url, options =>
        {
            options.Timeout = TimeSpan.FromMilliseconds(200);
            options.Attempts = 2;
        }));
        Assert.Contains("did not answer within 0.2 s, 2 times in a row", failure.Message, StringComparison.Ordinal);
        await over.CancelAsync();
    }

    [Fact]
    public async Task Cancel_ends_the_wait_at_once()
    {
        using var over = new CancellationTokenSource();
        await using var server = new TranscriptionServer((_, _) => Task.Delay(Timeout.Infinite, over.Token));
        using var cancel = new CancellationTokenSource();
        var transcriber = new HttpTranscriber(_client, Options(server.Url), TimeProvider.System);
        Task<Transcription> asking = transcriber.TranscribeAsync(new byte[1], TranscriptSettings.Default, cancel.Token);
        await TestInfrastructure.Eventually.HoldsAsync("it is asked", TimeSpan.FromSeconds(30), () => !server.Requests.IsEmpty);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking.WaitAsync(TimeSpan.FromSeconds(30)));
        await over.CancelAsync();
    }

    [Fact]
    public void Without_an_address_there_is_none() =>
        Assert.Equal(RecordingErrorCode.NotFound, Assert.Throws<RecordingException>(() => new HttpTranscriber(_client, new TranscriberOptions(), TimeProvider.System)).Code);

    private static TranscriberOptions Options(Uri url, Action<TranscriberOptions>? change = null)
    {
        var options = new TranscriberOptions { Url = url, FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(20) };
        change?.Invoke(options);
        return options;
    }

    private Task<RecordingException> FailureAsync(TranscriberOptions options) =>
        Assert.ThrowsAsync<RecordingException>(() => new HttpTranscriber(_client, options, TimeProvider.System).TranscribeAsync(new byte[1], TranscriptSettings.Default, CancellationToken.None));
}

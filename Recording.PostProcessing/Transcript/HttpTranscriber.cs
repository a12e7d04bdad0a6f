using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Polly;
using Polly.Retry;
using Polly.Timeout;
using Recording.Model;

namespace Recording.PostProcessing.Transcript;

/// <summary>A transcriber behind the common form <c>POST /v1/audio/transcriptions</c> (multipart; verbose_json with segments).</summary>
public sealed class HttpTranscriber : ITranscriber
{
    private const string Path = "/v1/audio/transcriptions";
    private const int MaxAnswer = 16 * 1024 * 1024;
    private const int MaxQuoted = 200;

    private readonly HttpClient _client;
    private readonly TranscriberOptions _options;
    private readonly ResiliencePipeline<Transcription> _pipeline;
    private readonly Uri _url;

    /// <param name="client">Speaks HTTP; its own timeout should be off.</param>
    /// <param name="options">Which transcriber.</param>
    /// <param name="time">Measures waits.</param>
    /// <exception cref="RecordingException">4004: no transcriber is set up.</exception>
    public HttpTranscriber(HttpClient client, TranscriberOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _client = client;
        _options = options;
        Uri url = options.Url ?? throw new RecordingException(RecordingErrorCode.NotFound, "no transcriber is set up: RECORDING_TRANSCRIBER_URL is not set");
        _url = url.AbsolutePath is "" or "/" ? new Uri(url, Path) : url;
        var builder = new ResiliencePipelineBuilder<Transcription> { TimeProvider = time };
        if (options.Attempts > 1)
        {
            builder.AddRetry(new RetryStrategyOptions<Transcription>
            {
                MaxRetryAttempts = options.Attempts - 1,
                Delay = options.FirstDelay,
                MaxDelay = options.LongestDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = new PredicateBuilder<Transcription>().Handle<TranscriberFailure>().Handle<TimeoutRejectedException>(),
                DelayGenerator = arguments => ValueTask.FromResult(Asked(arguments.Outcome.Exception)),
            });
        }

        _pipeline = builder.AddTimeout(options.Timeout).Build();
    }

    /// <inheritdoc />
    public async Task<Transcription> TranscribeAsync(ReadOnlyMemory<byte> wav, TranscriptSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        try
        {
            return await _pipeline.ExecuteAsync(async token => await AskAsync(wav, settings, token), cancellationToken);
        }
        catch (TranscriberFailure failure)
        {
            throw new RecordingException(RecordingErrorCode.FinalizationFailed, $"the transcriber {_url.Authority} {failure.Message}, {_options.Attempts} times in a row", failure);
        }
        catch (TimeoutRejectedException exception)
        {
            throw new RecordingException(
                RecordingErrorCode.FinalizationFailed, $"the transcriber {_url.Authority} did not answer within {_options.Timeout.TotalSeconds:0.#} s, {_options.Attempts} times in a row", exception);
        }
    }

    private TimeSpan? Asked(Exception? exception) =>
        exception is TranscriberFailure { RetryAfter: { } wait } ? (wait < _options.LongestDelay ? wait : _options.LongestDelay) : null;

    private async Task<Transcription> AskAsync(ReadOnlyMemory<byte> wav, TranscriptSettings settings, CancellationToken cancellationToken)
    {
        using var form = new MultipartFormDataContent();
        var sound = new ReadOnlyMemoryContent(wav);
        sound.Headers.ContentType = new MediaTypeHeaderValue("audio/wav");
        form.Add(sound, "file", "piece.wav");
        form.Add(new StringContent(settings.Model.Length > 0 ? settings.Model : _options.Model), "model");
        form.Add(new StringContent("verbose_json"), "response_format");
        form.Add(new StringContent("segment"), "timestamp_granularities[]");
        if (settings.Language.Length > 0)
        {
            form.Add(new StringContent(settings.Language), "language");
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, _url) { Content = form };
        if (_options.Key.Length > 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Key);
        }

        try
        {
            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            byte[] body = await ReadAsync(response, cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return TranscriptionAnswer.Parse(body);
            }

            throw Refusal(response, body);
        }
        // A connection reset just after it is made comes out of HttpClient as a bare SocketException.
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException)
        {
            throw new TranscriberFailure($"cannot be reached ({exception.Message})", exception);
        }
    }

    // A request that is wrong stays wrong; a busy or broken server may recover.
    private Exception Refusal(HttpResponseMessage response, byte[] body)
    {
        string words = Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, MaxQuoted))).ReplaceLineEndings(" ");
        int status = (int)response.StatusCode;
        if (response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || status >= 500)
        {
            TimeSpan? after = response.Headers.RetryAfter?.Delta;
            return new TranscriberFailure($"answered {status} ({words})") { Status = response.StatusCode, RetryAfter = after };
        }

        return new RecordingException(RecordingErrorCode.ProtocolViolation, $"the transcriber {_url.Authority} refused the request with {status}: {words}");
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using Stream content = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var body = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        int read;
        while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (body.Length + read > MaxAnswer)
            {
                throw new TranscriberFailure($"answered more than {MaxAnswer >> 20} MiB");
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Recording.PostProcessing.Tests.Transcript;

/// <summary>An HTTP server in the common form of transcription, on a free loopback port; what it answers is up to the test.</summary>
public sealed class TranscriptionServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Task _serving;
    private readonly Func<TranscriptionRequest, HttpListenerResponse, Task> _answer;

    public TranscriptionServer(Func<TranscriptionRequest, HttpListenerResponse, Task> answer)
    {
        _answer = answer;
        int port = TestInfrastructure.LoopbackPort.Free();
        Url = new Uri($"http://127.0.0.1:{port}/");
        _listener.Prefixes.Add(Url.ToString());
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Url { get; }

    public ConcurrentQueue<TranscriptionRequest> Requests { get; } = new();

    /// <summary>Writes a whole answer.</summary>
    public static async Task SayAsync(HttpListenerResponse response, int status, string body)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        await response.OutputStream.WriteAsync(bytes);
    }

    public async ValueTask DisposeAsync()
    {
        // Once only: a Close behind a Stop binds the port again to free it, and somebody else may have it by then.
        _listener.Close();
        await _serving;
    }

    private async Task ServeAsync()
    {
        List<Task> answers = [];
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                break;
            }

            answers.Add(AnswerAsync(context));
        }

        await Task.WhenAll(answers);
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            TranscriptionRequest request = await TranscriptionRequest.ReadAsync(context.Request);
            Requests.Enqueue(request);
            await _answer(request, context.Response);
            context.Response.Close();
        }
        catch (Exception exception) when (exception is HttpListenerException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The client has gone, or the test is over.
            context.Response.Abort();
        }
    }
}

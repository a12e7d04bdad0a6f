using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Recording.TestInfrastructure;

/// <summary>
/// An HTTP proxy before an S3 server that can misbehave in the ways S3 servers do. Streams both ways, and keeps target, Host and headers as they came,
/// so that signatures hold.
/// </summary>
public sealed class StoreProxy : IAsyncDisposable
{
    private static readonly HashSet<string> OfTheConnection = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "Expect", "Host",
    };

    private static readonly TimeSpan Slowness = TimeSpan.FromSeconds(1);

    private readonly WebApplication _server;
    private readonly HttpMessageInvoker _client;
    private readonly Uri _target;
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StoreFault _fault;
    private int _share = 1;
    private int _counted;
    private long _faulted;

    private StoreProxy(WebApplication server, int port, Uri target)
    {
        _server = server;
        Port = port;
        _target = target;
        _client = new HttpMessageInvoker(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false, AutomaticDecompression = DecompressionMethods.None });
    }

    /// <summary>Where it listens on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary><c>host:port</c> of it.</summary>
    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>Requests that met a fault.</summary>
    public long Faulted => Interlocked.Read(ref _faulted);

    /// <summary>Listens on a free port.</summary>
    /// <param name="targetPort">The S3 server's port on 127.0.0.1.</param>
    public static async Task<StoreProxy> StartAsync(int targetPort)
    {
        int port = LoopbackPort.Free();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.AllowSynchronousIO = false;
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port, static listen => listen.Protocols = HttpProtocols.Http1);
        });
        WebApplication server = builder.Build();
        var proxy = new StoreProxy(server, port, new Uri($"http://127.0.0.1:{targetPort}"));
        server.Run(proxy.HandleAsync);
        await server.StartAsync();
        return proxy;
    }

    /// <summary>Begins a fault, or ends it with <see cref="StoreFault.None"/>.</summary>
    /// <param name="fault">What happens.</param>
    /// <param name="share">Every so-manieth request meets it; 1 = all.</param>
    public void Set(StoreFault fault, int share = 1)
    {
        lock (_gate)
        {
            (_fault, _share) = (fault, share);
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        Set(StoreFault.None);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _server.StopAsync(deadline.Token);
        await _server.DisposeAsync();
        _client.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        try
        {
            StoreFault fault = Next(out Task changed);
            while (fault == StoreFault.Hang)
            {
                await changed.WaitAsync(context.RequestAborted);
                fault = Next(out changed);
            }

            switch (fault)
            {
                case StoreFault.Forbidden:
                    await RefuseAsync(context, StatusCodes.Status403Forbidden, "AccessDenied");
                    break;
                case StoreFault.Unavailable:
                    await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "SlowDown");
                    break;
                case StoreFault.Slow:
                    await Task.Delay(Slowness, context.RequestAborted);
                    await PassAsync(context, answer: true);
                    break;
                default:
                    await PassAsync(context, answer: fault != StoreFault.LoseAnswers);
                    break;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or HttpRequestException or IOException or Microsoft.AspNetCore.Http.BadHttpRequestException)
        {
            // One of both ends has gone; what was not answered yet is not answered at all.
            context.Abort();
        }
    }

    private StoreFault Next(out Task changed)
    {
        lock (_gate)
        {
            changed = _changed.Task;
            if (_fault == StoreFault.None || ++_counted % _share != 0)
            {
                return StoreFault.None;
            }

            _faulted++;
            return _fault;
        }
    }

    private static async Task RefuseAsync(HttpContext context, int status, string code)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        byte[] body = Encoding.UTF8.GetBytes($"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>by order</Message></Error>");
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        context.Response.ContentLength = HttpMethods.IsHead(context.Request.Method) ? 0 : body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private async Task PassAsync(HttpContext context, bool answer)
    {
        using HttpRequestMessage request = Outgoing(context);
        using HttpResponseMessage response = await _client.SendAsync(request, context.RequestAborted);
        if (!answer)
        {
            await response.Content.CopyToAsync(Stream.Null, context.RequestAborted);
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)response.StatusCode;
        foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers))
        {
            if (!OfTheConnection.Contains(name))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }

        if (!HttpMethods.IsHead(context.Request.Method) && context.Response.StatusCode is not (StatusCodes.Status204NoContent or StatusCodes.Status304NotModified))
        {
            await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
        }
    }

    private HttpRequestMessage Outgoing(HttpContext context)
    {
        // The target as it was signed: a path that was cleaned up would have another signature.
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(_target.GetLeftPart(UriPartial.Authority) + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (context.Request.ContentLength is > 0 || context.Request.Headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(context.Request.Body);
        }
        else if (HttpMethods.IsPut(context.Request.Method) || HttpMethods.IsPost(context.Request.Method))
        {
            request.Content = new ByteArrayContent([]);
        }

        request.Headers.Host = context.Request.Host.Value;
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in context.Request.Headers)
        {
            if (!OfTheConnection.Contains(name) && !request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        return request;
    }
}

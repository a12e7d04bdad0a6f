using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging.Abstractions;
using Recording.Simulator.Media;
using Recording.Simulator.Plans;

namespace Recording.Simulator.Sfu;

/// <summary>
/// An SFU for demos, tests and benches: speaks the recording protocol in either direction and sends the media of a <see cref="SimulationPlan"/>.
/// Rooms begin when the first recorder registers. Disposing it is what the death of an SFU process looks like to recorders.
/// </summary>
public sealed class SimulatedSfu : IAsyncDisposable
{
    private static readonly TimeSpan _pacedTick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _unpacedTick = TimeSpan.FromMilliseconds(1);
    private readonly SfuSession _session;
    private readonly SimulatedSfuOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _running = [];
    private WebApplication? _server;

    private SimulatedSfu(SfuSession session, SimulatedSfuOptions options, TimeProvider time, ILogger logger)
    {
        _session = session;
        _options = options;
        _time = time;
        _logger = logger;
    }

    /// <summary>Where the server listens; null for a client.</summary>
    public IPEndPoint? Address { get; private set; }

    /// <summary>Epoch of its packets and events.</summary>
    public ulong SessionId => _session.SessionId;

    /// <summary>The recorder that is registered now, as it names itself; null = none.</summary>
    public string? Recorder => _session.Read(session => session.Recorder);

    /// <summary>What was done so far.</summary>
    public SfuFigures Figures => _session.Read(session => session.Figures());

    /// <summary>Starts as a server that recorders dial (RecordingSfuBridge). Generated media is encoded before it returns.</summary>
    public static async Task<SimulatedSfu> StartServerAsync(
        SimulationPlan plan,
        SimulatedSfuOptions? options = null,
        ILoggerFactory? loggers = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        SimulatedSfu sfu = await CreateAsync(plan, options ?? new SimulatedSfuOptions(), loggers, time, cancellationToken);
        await sfu.ListenAsync(loggers, cancellationToken);
        sfu._running.Add(Task.Run(sfu.PumpAsync, CancellationToken.None));
        return sfu;
    }

    /// <summary>Starts as a client that dials a recorder (RecordingIngest.Attach) and dials again whenever the link is lost.</summary>
    /// <param name="plan">What happens.</param>
    /// <param name="addresses">Recorders, <c>http://host:port</c> or <c>https://host:port</c>, tried in turn.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="loggers">Where it logs; null = nowhere.</param>
    /// <param name="time">Its clock; null = the system's.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<SimulatedSfu> ConnectAsync(
        SimulationPlan plan,
        IReadOnlyList<Uri> addresses,
        SimulatedSfuOptions? options = null,
        ILoggerFactory? loggers = null,
        TimeProvider? time = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(addresses.Count);
        SimulatedSfu sfu = await CreateAsync(plan, options ?? new SimulatedSfuOptions(), loggers, time, cancellationToken);
        var dialer = new IngestDialer(sfu._session, sfu._options, addresses, sfu._time, sfu._logger);
        sfu._running.Add(Task.Run(() => dialer.RunAsync(sfu._ending.Token), CancellationToken.None));
        sfu._running.Add(Task.Run(sfu.PumpAsync, CancellationToken.None));
        return sfu;
    }

    /// <summary>Waits until a recorder is registered.</summary>
    public Task WhenLinkedAsync(CancellationToken cancellationToken) => _session.WhenAsync(session => session.HasLink, cancellationToken);

    /// <summary>Waits until every room is being recorded.</summary>
    public Task WhenRecordingAsync(CancellationToken cancellationToken) =>
        _session.WhenAsync(session => session.Rooms.All(room => room.Recording), cancellationToken);

    /// <summary>Waits until at least so many tracks are being forwarded.</summary>
    public Task WhenSubscribedAsync(int tracks, CancellationToken cancellationToken) =>
        _session.WhenAsync(session => session.Subscriptions.Count(track => track.Forwarding) >= tracks, cancellationToken);

    /// <summary>Waits until at least so many packets were handed to links.</summary>
    public Task WhenPacketsSentAsync(long packets, CancellationToken cancellationToken) =>
        _session.WhenAsync(session => session.Totals.Packets >= packets, cancellationToken);

    /// <summary>Waits until all planned media was made, and what was forwarded of it was sent.</summary>
    public Task WhenMediaSentAsync(CancellationToken cancellationToken) =>
        _session.WhenAsync(session => session.Rooms.All(room => room.MediaDone) && session.Subscriptions.All(track => track.AllSent), cancellationToken);

    /// <summary>Waits until nothing is left in the rings: all that was forwarded is durable (or handed over, without acknowledgement).</summary>
    public Task WhenAcknowledgedAsync(CancellationToken cancellationToken) =>
        _session.WhenAsync(session => session.Subscriptions.Count > 0 && session.Subscriptions.All(track => track.AllDone), cancellationToken);

    /// <summary>Waits until the recorder has stopped the recording of every room.</summary>
    public Task WhenStoppedAsync(CancellationToken cancellationToken) =>
        _session.WhenAsync(session => session.Rooms.All(room => room.Stopped), cancellationToken);

    /// <summary>Waits until every room is closed and its events are acknowledged.</summary>
    public Task WhenClosedAsync(CancellationToken cancellationToken) =>
        _session.WhenAsync(session => session.Rooms.All(room => room.Closed && room.EventsAcknowledged), cancellationToken);

    /// <summary>Cuts every link at once; the session lives on. Recorders dial again, or this SFU does.</summary>
    public void CutLinks() => _session.DropLinks("cut");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _session.DropLinks("SFU ends");
        await Task.WhenAll(_running);
        if (_server is { } server)
        {
            using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await server.StopAsync(deadline.Token);
            await server.DisposeAsync();
        }

        _options.Ledger?.Flush();
        _ending.Dispose();
    }

    private static async Task<SimulatedSfu> CreateAsync(
        SimulationPlan plan, SimulatedSfuOptions options, ILoggerFactory? loggers, TimeProvider? time, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Speed);
        ILogger logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger<SimulatedSfu>();
        ProducerMedia media = await ProducerMedia.LoadAsync(plan, new GeneratedMedia(options.MediaCache), cancellationToken);
        time ??= TimeProvider.System;
        return new SimulatedSfu(new SfuSession(plan, media, options, new SfuClock(time), logger), options, time, logger);
    }

    private async Task ListenAsync(ILoggerFactory? loggers, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(10);
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(_options.Listen, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                if (_options.Certificate is { } certificate)
                {
                    listen.UseHttps(Tls(certificate));
                }
            });
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = 16 << 20);
        builder.Services.AddSingleton(loggers ?? NullLoggerFactory.Instance);
        builder.Services.AddSingleton(_session);
        builder.Services.AddSingleton(_options);
        builder.Services.AddSingleton<BridgeEndpoint>();
        _server = builder.Build();
        _server.UseRouting();
        _server.MapGrpcService<BridgeEndpoint>();
        await _server.StartAsync(cancellationToken);
        string address = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Address = new IPEndPoint(_options.Listen.Address, new Uri(address).Port);
    }

    private HttpsConnectionAdapterOptions Tls(X509Certificate2 certificate)
    {
        var tls = new HttpsConnectionAdapterOptions { ServerCertificate = certificate };
        if (_options.Authority is { } authority)
        {
            tls.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            tls.ClientCertificateValidation = (client, _, _) =>
            {
                using var chain = new X509Chain();
                chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
                chain.ChainPolicy.CustomTrustStore.Add(authority);
                chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
                return chain.Build(client);
            };
        }

        return tls;
    }

    private async Task PumpAsync()
    {
        using var timer = new PeriodicTimer(_options.Unpaced ? _unpacedTick : _pacedTick, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                _session.Tick();
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            return;
        }
        catch (Exception exception)
        {
            SimulatedSfuLog.PumpFailed(_logger, exception);
            throw;
        }
    }
}

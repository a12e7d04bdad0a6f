using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Hosting;
using Recording.Gateway.Sfu.Links;
using Recording.Protocol.Frames;

namespace Recording.Gateway.Sfu.Hosting;

/// <summary>Dials the configured SFUs: one loop an address, each under the lease of its link grain, again and again.</summary>
internal sealed class SfuDialer(SfuLinkServices services) : BackgroundService
{
    private static readonly TimeSpan s_logInterval = TimeSpan.FromMinutes(1);

    private readonly LogGate _log = new(services.Time);
    private readonly SfuChannelFactory _channels = new(services.Options);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        SfuEndpoint[] configured = [.. services.Options.Endpoints.Where(static e => !string.IsNullOrWhiteSpace(e)).Select(SfuEndpoint.Parse)];
        await Task.WhenAll(configured.Select(endpoint => FollowAsync(endpoint, stoppingToken)));
    }

    /// <summary>Keeps a loop running for each address of a name.</summary>
    private async Task FollowAsync(SfuEndpoint endpoint, CancellationToken stoppingToken)
    {
        var loops = new Dictionary<SfuEndpoint, (CancellationTokenSource Stop, Task Loop)>();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                SfuEndpoint[]? wanted = await ResolveAsync(endpoint, stoppingToken);
                foreach (SfuEndpoint gone in wanted is null ? [] : loops.Keys.Except(wanted).ToArray())
                {
                    (CancellationTokenSource stop, Task loop) = loops[gone];
                    await stop.CancelAsync();
                    await loop;
                    stop.Dispose();
                    loops.Remove(gone);
                }

                foreach (SfuEndpoint added in wanted?.Except(loops.Keys).ToArray() ?? [])
                {
                    var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                    loops.Add(added, (stop, DialAsync(added, stop.Token)));
                }

                await Task.Delay(services.Options.ResolveInterval, services.Time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            await Task.WhenAll(loops.Values.Select(static l => l.Loop));
            foreach ((CancellationTokenSource stop, _) in loops.Values)
            {
                stop.Dispose();
            }
        }
    }

    private async Task<SfuEndpoint[]?> ResolveAsync(SfuEndpoint endpoint, CancellationToken stoppingToken)
    {
        if (IPAddress.TryParse(endpoint.Host, out _))
        {
            return [endpoint];
        }

        try
        {
            // A machine's IPv4 and IPv6 addresses are one SFU: of a name that has both, one family counts.
            IPAddress[] all = await Dns.GetHostAddressesAsync(endpoint.Host, stoppingToken);
            IPAddress[] addresses = [.. all.Where(static a => a.AddressFamily == AddressFamily.InterNetwork).Distinct()];
            addresses = addresses.Length > 0 ? addresses : [.. all.Distinct()];
            return addresses.Length <= 1 ? [endpoint] : [.. addresses.Select(a => endpoint with { Address = a })];
        }
        catch (SocketException exception)
        {
            if (_log.Opens($"resolve {endpoint.Host}"))
            {
                SfuLinkLog.ResolveFailed(services.Logger, endpoint.Host, exception.Message);
            }

            return [endpoint];
        }
    }

    private async Task DialAsync(SfuEndpoint endpoint, CancellationToken stop)
    {
        var backoff = new DialBackoff(services.Time, Random.Shared);
        long loggedAt = 0;
        LinkContinuity continuity = services.HoldContinuity(endpoint.Key);
        var lease = new LinkLeaseKeeper(endpoint.Key, continuity.Fence, services.Grains, services.Time, services.Options, services.Logger);
        try
        {
            while (!stop.IsCancellationRequested && !services.IsDraining)
            {
                await lease.AcquireAsync(stop);
                LinkEnd end = await ConnectAsync(endpoint, lease, stop);
                if (end.WasRegistered)
                {
                    backoff.Reset();
                    loggedAt = 0;
                }
                else
                {
                    // Perhaps another gateway reaches it.
                    if (loggedAt == 0 || services.Time.GetElapsedTime(loggedAt) >= s_logInterval)
                    {
                        loggedAt = services.Time.GetTimestamp();
                        SfuLinkLog.DialFailed(services.Logger, endpoint.Key, end.Reason);
                    }

                    await lease.ReleaseAsync();
                }

                await Task.Delay(backoff.Next(), services.Time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            await lease.ReleaseAsync();
            continuity.Unhold();
        }
    }

    private async Task<LinkEnd> ConnectAsync(SfuEndpoint endpoint, LinkLeaseKeeper lease, CancellationToken stop)
    {
        try
        {
            using GrpcChannel channel = _channels.Create(endpoint);
            using AsyncDuplexStreamingCall<Frame, Frame> call = channel.CreateCallInvoker()
                .AsyncDuplexStreamingCall(SfuMethods.Connect, null, new CallOptions(_channels.Headers()));
            var link = new SfuLink(new FrameStream(call.ResponseStream, call.RequestStream), services, endpoint.Key, lease);
            await using CancellationTokenRegistration registration = stop.Register(() => link.Close(Model.RecordingErrorCode.ShuttingDown, "This process is shutting down"));
            LinkEnd end = await services.RunAsync(link);
            if (end.WasRegistered)
            {
                await CompleteAsync(call);
            }

            return end;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            if (_log.Opens($"link {endpoint.Key}"))
            {
                SfuLinkLog.LinkFailed(services.Logger, exception, endpoint.Key);
            }

            return new LinkEnd(Model.RecordingErrorCode.None, exception.Message, WasRegistered: false);
        }
    }

    // Disposing a call resets its stream, and what was just sent may never arrive: the SFU gets a moment to end its side.
    private async Task CompleteAsync(AsyncDuplexStreamingCall<Frame, Frame> call)
    {
        try
        {
            await call.RequestStream.CompleteAsync().WaitAsync(TimeSpan.FromSeconds(1), services.Time);
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException or TimeoutException or IOException)
        {
            SfuLinkLog.DialFailed(services.Logger, "complete", exception.Message);
        }
    }
}

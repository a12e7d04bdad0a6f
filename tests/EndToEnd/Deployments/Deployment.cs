using System.Text.Json;
using Grpc.Net.Client;
using Recording.Protocol.Control;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd.Deployments;

/// <summary>The service as an operator would run it, on a directory of the test's own.</summary>
public sealed class Deployment : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<ServiceProcess> _processes = [];
    private RedisServer? _redis;
    private GrpcChannel? _channel;

    private Deployment()
    {
    }

    /// <summary>The store's directory.</summary>
    public string DataDirectory => Path.Combine(_folder.Path, "data");

    /// <summary>Where the processes' spools are.</summary>
    public string SpoolDirectory => Path.Combine(_folder.Path, "spool");

    /// <summary>A file of the test's own, outside the store.</summary>
    public string FileFor(string name) => Path.Combine(_folder.Path, name);

    /// <summary>The process that holds links and API.</summary>
    public ServiceProcess Gateway { get; private set; } = null!;

    /// <summary>All of them; <see cref="Gateway"/> is the first.</summary>
    public IReadOnlyList<ServiceProcess> Gateways { get; private set; } = [];

    /// <summary>The one that renders; null in one process.</summary>
    public ServiceProcess? Processor { get; private set; }

    /// <summary>The silos; in one process, that one.</summary>
    public IReadOnlyList<ServiceProcess> Silos { get; private set; } = [];

    /// <summary>Control service.</summary>
    public RecordingControl.RecordingControlClient Control => new(_channel!);

    /// <summary>Everything in one process, no Redis.</summary>
    public static async Task<Deployment> StartOneProcessAsync(params (string Name, string Value)[] settings)
    {
        var deployment = new Deployment();
        try
        {
            deployment.Gateway = await deployment.StartAsync("Recording.Silo", settings);
            deployment.Silos = deployment.Gateways = [deployment.Gateway];
            return deployment.Connected();
        }
        catch
        {
            await deployment.DisposeAsync();
            throw;
        }
    }

    /// <summary>One gateway, two silos and one processor on a real redis-server, sharing the directory.</summary>
    public static Task<Deployment> StartClusterAsync(params (string Name, string Value)[] settings) => StartClusterAsync(gateways: 1, settings);

    /// <summary>So many gateways, two silos and one processor on a real redis-server, sharing the directory.</summary>
    public static async Task<Deployment> StartClusterAsync(int gateways, params (string Name, string Value)[] settings)
    {
        var deployment = new Deployment();
        try
        {
            deployment._redis = await RedisServer.StartAsync();
            (string, string)[] shared = [.. settings, ("RECORDING_REDIS_HOST", "127.0.0.1"), ("RECORDING_REDIS_PORT", $"{deployment._redis.Port}")];
            ServiceProcess first = await deployment.StartAsync("Recording.Silo", [.. shared, ("RECORDING_ROLE", "recorder"), ("RECORDING_INSTANCE", "silo-1")]);
            ServiceProcess second = await deployment.StartAsync("Recording.Silo", [.. shared, ("RECORDING_ROLE", "recorder"), ("RECORDING_INSTANCE", "silo-2")]);
            deployment.Silos = [first, second];
            deployment.Processor = await deployment.StartAsync("Recording.Silo", [.. shared, ("RECORDING_ROLE", "processor"), ("RECORDING_INSTANCE", "processor-1")]);
            for (int number = 1; number <= gateways; number++)
            {
                deployment.Gateways = [.. deployment.Gateways, await deployment.StartAsync("Recording.Gateway", [.. shared, ("RECORDING_INSTANCE", $"gateway-{number}")])];
            }

            deployment.Gateway = deployment.Gateways[0];
            return deployment.Connected();
        }
        catch
        {
            await deployment.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more processor with the settings of the first.</summary>
    public async Task<ServiceProcess> AddProcessorAsync(params (string Name, string Value)[] settings) => await StartAsync(
        "Recording.Silo",
        [.. settings, ("RECORDING_REDIS_HOST", "127.0.0.1"), ("RECORDING_REDIS_PORT", $"{_redis!.Port}"), ("RECORDING_ROLE", "processor"), ("RECORDING_INSTANCE", $"processor-{_processes.Count}")]);

    /// <summary>Awaits a condition; when it does not come to hold, the message has the ends of all logs.</summary>
    public async Task HoldsAsync(string what, TimeSpan deadline, Func<bool> condition)
    {
        try
        {
            await Eventually.HoldsAsync(what, deadline, condition);
        }
        catch (TimeoutException exception)
        {
            throw new InvalidOperationException($"{exception.Message}\nThe processes said:\n{Logs()}", exception);
        }
    }

    /// <summary>Waits until so many recordings have reached a terminal state and returns them.</summary>
    public async Task<IReadOnlyList<Wire.Recording>> WhenEndedAsync(int count, TimeSpan deadline)
    {
        IReadOnlyList<Wire.Recording> known = [];
        IReadOnlyList<Wire.Recording> ended = [];
        try
        {
            await Eventually.HoldsAsync($"{count} recordings have ended", deadline, async () =>
            {
                ListRecordingsResponse response = await Control.ListRecordingsAsync(new ListRecordingsRequest { PageSize = 500 });
                known = response.Recordings;
                ended = [.. known.Where(static recording => recording.Status is "completed" or "interrupted" or "failed")];
                return ended.Count >= count;
            });
        }
        catch (Exception exception) when (exception is TimeoutException or Grpc.Core.RpcException)
        {
            string others = string.Join('\n', await Task.WhenAll(known.Except(ended).Select(DescribeAsync)));
            throw new InvalidOperationException($"{ended.Count} of {count} recordings ended. The others:\n{others}\nThe processes said:\n{Logs()}", exception);
        }

        var full = new List<Wire.Recording>();
        foreach (Wire.Recording recording in ended)
        {
            full.Add(await Control.GetRecordingAsync(new GetRecordingRequest { RecordingId = recording.RecordingId }));
        }

        return full;
    }

    /// <summary>Runs <c>recording verify</c> on the store against a ledger and returns its answer; fails the test unless it found nothing wrong.</summary>
    public async Task<JsonElement> VerifyAsync(string ledger)
    {
        (int exitCode, string output) = await CommandLine.RunAsync("verify", DataDirectory, "--ledger", ledger);
        Assert.True(exitCode == 0, $"recording verify ended with {exitCode}:\n{output}\nThe processes said:\n{Logs()}");
        return CommandLine.LastJson(output);
    }

    /// <summary>The ends of all logs, for messages.</summary>
    public string Logs() => string.Join('\n', _processes.Select(static process => $"--- {process.Process.Name}\n{Tail(process.Process.Output)}"));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        foreach (ServiceProcess process in Enumerable.Reverse(_processes))
        {
            await process.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        _folder.Dispose();
    }

    // With its tracks if the service still answers; the message must not be lost if it does not.
    private async Task<string> DescribeAsync(Wire.Recording recording)
    {
        try
        {
            return $"{await Control.GetRecordingAsync(new GetRecordingRequest { RecordingId = recording.RecordingId })}";
        }
        catch (Grpc.Core.RpcException exception)
        {
            return $"{recording} ({exception.StatusCode})";
        }
    }

    private static string Tail(string text) => text.Length <= 6000 ? text : text[^6000..];

    private Deployment Connected()
    {
        _channel = GrpcChannel.ForAddress(Gateway.GrpcAddress);
        return this;
    }

    private async Task<ServiceProcess> StartAsync(string program, IEnumerable<(string Name, string Value)> settings)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RECORDING_DATA"] = DataDirectory,
            ["RECORDING_SPOOL"] = SpoolDirectory,
            ["RECORDING_SPOOL_RESERVE"] = "64MiB",
            ["RECORDING_LOG_LEVEL"] = "warn",

            // A test machine is busy with other tests: that is no reason to wait.
            ["PROCESSOR_MAX_CPU"] = "100",
        };
        foreach ((string name, string value) in settings)
        {
            all[name] = value;
        }

        ServiceProcess process = await ServiceProcess.StartAsync(program, all);
        _processes.Add(process);
        return process;
    }
}

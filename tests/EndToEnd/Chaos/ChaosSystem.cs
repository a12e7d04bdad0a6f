using System.Net;
using Grpc.Net.Client;
using Recording.Protocol.Control;
using Recording.Storage;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd.Chaos;

/// <summary>The system that meets the faults: its processes, and the proxies between them.</summary>
internal sealed class ChaosSystem : IAsyncDisposable
{
    private const long SpoolDiskBytes = 24 << 20;
    private const long StoreDiskBytes = 2L << 30;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();
    private readonly ChaosOptions _options;
    private readonly SemaphoreSlim _serverIsUp = new(1, 1);
    private readonly List<SmallDisk> _spools = [];
    private readonly Dictionary<ServiceProcess, string> _names = [];
    private RedisServer? _redis;
    private TcpProxy? _redisLink;
    private RadosGateway? _server;
    private StoreProxy? _storeLink;
    private SmallDisk? _storeDisk;

    private ChaosSystem(ChaosOptions options) => _options = options;

    /// <summary>Processes that hold links; the one process, where there is one only.</summary>
    public List<ServiceProcess> Gateways { get; } = [];

    /// <summary>Recorder silos of a cluster.</summary>
    public List<ServiceProcess> Silos { get; } = [];

    /// <summary>Before each gateway's gRPC port.</summary>
    public List<TcpProxy> Links { get; } = [];

    /// <summary>The address that every gateway dials; null = none is dialled.</summary>
    public TcpProxy? Dialled { get; private set; }

    /// <summary>The store without faults.</summary>
    public IObjectStore Store { get; private set; } = null!;

    /// <summary>Every process of the service.</summary>
    public IEnumerable<ServiceProcess> Processes => Silos.Concat(Gateways);

    /// <summary>A file outside the store.</summary>
    public string FileFor(string name) => Path.Combine(_folder.Path, name);

    /// <summary>Kinds of faults that this system can meet.</summary>
    public static IReadOnlyList<FaultKind> Kinds(bool cluster, bool planOnly, bool smallDisks)
    {
        List<FaultKind> kinds = [FaultKind.FreezeGateway, FaultKind.StallLink, FaultKind.FlipByte];
        if (!planOnly)
        {
            kinds.AddRange([FaultKind.CutLink, FaultKind.CloseLink]);
        }

        if (!planOnly || cluster)
        {
            kinds.Add(FaultKind.KillGateway);
        }

        if (smallDisks)
        {
            kinds.Add(FaultKind.FillSpool);
        }

        if (cluster)
        {
            kinds.AddRange([FaultKind.KillSilo, FaultKind.FreezeSilo, FaultKind.StoreForbidden, FaultKind.StoreUnavailable, FaultKind.StoreHangs, FaultKind.StoreLosesAnswers, FaultKind.RestartStore, FaultKind.RestartRedis, FaultKind.StallRedis]);
        }
        else if (smallDisks)
        {
            kinds.Add(FaultKind.FillStore);
        }

        return kinds;
    }

    /// <summary>Starts everything and waits until it is ready.</summary>
    public static async Task<ChaosSystem> StartAsync(ChaosOptions options)
    {
        var system = new ChaosSystem(options);
        try
        {
            if (options.Cluster)
            {
                await system.StartClusterAsync();
            }
            else
            {
                await system.StartOneProcessAsync();
            }

            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether file systems of its own can be mounted here.</summary>
    public static bool HasSmallDisks()
    {
        using SmallDisk? disk = SmallDisk.TryMount(1 << 20);
        return disk is not null;
    }

    /// <summary>Makes a fault and ends it after its time.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="damage">Where damage is noted.</param>
    public async Task MeetAsync(Fault fault, DamageBook damage)
    {
        switch (fault.Kind)
        {
            case FaultKind.KillGateway:
                // Gateways with links of SFUs that cannot send again live on.
                await KillAsync(_options.PlanOnly ? Gateways[^1] : Of(Gateways, fault), fault);
                break;
            case FaultKind.KillSilo:
                await KillAsync(Of(Silos, fault), fault);
                break;
            case FaultKind.FreezeGateway:
                await FreezeAsync(Of(Gateways, fault), fault);
                break;
            case FaultKind.FreezeSilo:
                await FreezeAsync(Of(Silos, fault), fault);
                break;
            case FaultKind.CutLink:
                Of(AllLinks(), fault).Cut();
                break;
            case FaultKind.StallLink:
                TcpProxy stalled = Of(AllLinks(), fault);
                await DuringAsync(fault, stalled.Stall, stalled.Resume);
                break;
            case FaultKind.CloseLink:
                TcpProxy closed = Of(AllLinks(), fault);
                await DuringAsync(fault, closed.Close, closed.Open);
                break;
            case FaultKind.StoreForbidden:
                await StoreAsync(fault, StoreFault.Forbidden);
                break;
            case FaultKind.StoreUnavailable:
                await StoreAsync(fault, StoreFault.Unavailable);
                break;
            case FaultKind.StoreHangs:
                await StoreAsync(fault, StoreFault.Hang);
                break;
            case FaultKind.StoreLosesAnswers:
                await StoreAsync(fault, StoreFault.LoseAnswers, share: 2);
                break;
            case FaultKind.FillStore:
                await DuringAsync(fault, _storeDisk!.Fill, _storeDisk!.Free);
                break;
            case FaultKind.FillSpool:
                SmallDisk spool = Of(_spools, fault);
                await DuringAsync(fault, spool.Fill, spool.Free);
                break;
            case FaultKind.FlipByte:
                await AloneWithServerAsync(async () => _options.Log("  " + await damage.FlipAsync(fault.Target)));
                break;
            case FaultKind.RestartStore:
                await AloneWithServerAsync(async () =>
                {
                    await _server!.KillAsync();
                    await Task.Delay(fault.Duration);
                    await _server.RestartAsync();
                });
                break;
            case FaultKind.RestartRedis:
                await _redis!.KillAsync();
                await Task.Delay(fault.Duration);
                await _redis.RestartAsync();
                break;
            case FaultKind.StallRedis:
                await DuringAsync(fault, _redisLink!.Stall, _redisLink!.Resume);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, "no such fault");
        }
    }

    /// <summary>Waits until every process says that nothing is wrong; starts again what has ended by itself, as a supervisor does.</summary>
    /// <param name="isIdle">Nothing is sent any more: nothing may be left in a spool either.</param>
    public async Task WhenHealthyAsync(bool isIdle)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        foreach (ServiceProcess process in Processes)
        {
            string said = "";
            try
            {
                await Eventually.HoldsAsync("health", Patience, async () =>
                {
                    if (process.Process.HasExited)
                    {
                        await RestartAsync(process);
                    }

                    said = await HealthQuestion.AskAsync(client, process, isIdle);
                    return said == "healthy";
                });
            }
            catch (TimeoutException exception)
            {
                throw new InvalidOperationException($"{_names[process]} does not become healthy again: {said}\n{Tail(process.Process.Output)}", exception);
            }
        }
    }

    /// <summary>Calls the control service of the first gateway that answers.</summary>
    public async Task<T> AskAsync<T>(Func<RecordingControl.RecordingControlClient, Task<T>> ask)
    {
        for (int turn = 0; ; turn++)
        {
            using GrpcChannel channel = GrpcChannel.ForAddress(Gateways[turn % Gateways.Count].GrpcAddress);
            try
            {
                return await ask(new RecordingControl.RecordingControlClient(channel));
            }
            catch (Grpc.Core.RpcException) when (turn < 20)
            {
                await Task.Delay(TimeSpan.FromSeconds(0.5));
            }
        }
    }

    /// <summary>Every recording that is listed.</summary>
    public async Task<List<Wire.Recording>> ListAsync()
    {
        List<Wire.Recording> all = [];
        string cursor = "";
        do
        {
            ListRecordingsResponse page = await AskAsync(async control => await control.ListRecordingsAsync(new ListRecordingsRequest { PageSize = 200, PageToken = cursor }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime + AnswerWithin));
            all.AddRange(page.Recordings);
            cursor = page.NextPageToken;
        }
        while (cursor.Length > 0);
        return all;
    }

    /// <summary>Whether a recording has reached its terminal state.</summary>
    public static bool IsEnded(Wire.Recording recording) => recording.Status is "completed" or "interrupted" or "failed";

    /// <summary>Writes what the processes said to files.</summary>
    public async Task KeepLogsAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (ServiceProcess process in Processes)
        {
            await File.AppendAllTextAsync(Path.Combine(folder, _names[process] + ".log"), process.Process.Output);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (ServiceProcess process in Processes)
        {
            await process.DisposeAsync();
        }

        foreach (TcpProxy proxy in AllLinks())
        {
            await proxy.DisposeAsync();
        }

        (Store as IDisposable)?.Dispose();
        foreach (IAsyncDisposable? part in new IAsyncDisposable?[] { _storeLink, _server, _redisLink, _redis })
        {
            if (part is not null)
            {
                await part.DisposeAsync();
            }
        }

        foreach (SmallDisk disk in _spools)
        {
            disk.Dispose();
        }

        _storeDisk?.Dispose();
        _serverIsUp.Dispose();
        _folder.Dispose();
    }

    private static T Of<T>(IReadOnlyList<T> parts, Fault fault) => parts[fault.Target % parts.Count];

    private static async Task DuringAsync(Fault fault, Action begin, Action end)
    {
        begin();
        try
        {
            await Task.Delay(fault.Duration);
        }
        finally
        {
            end();
        }
    }

    private static string Tail(string text) => text.Length <= 4000 ? text : text[^4000..];

    private List<TcpProxy> AllLinks() => Dialled is null ? Links : [.. Links, Dialled];

    private async Task KillAsync(ServiceProcess process, Fault fault)
    {
        await process.KillAsync();
        await Task.Delay(fault.Duration);
        await RestartAsync(process);
    }

    private async Task RestartAsync(ServiceProcess process)
    {
        if (_options.KeepIn is { } folder)
        {
            await File.AppendAllTextAsync(Path.Combine(folder, _names[process] + ".log"), process.Process.Output + "=== started again\n");
        }

        long startedAt = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await process.RestartAsync();
                return;
            }
            catch (InvalidOperationException exception) when (TimeProvider.System.GetElapsedTime(startedAt) < Patience)
            {
                // Ended while it started, as a silo does that finds no Redis: started again, as by a supervisor.
                _options.Log($"  {_names[process]}: {exception.Message.Split('\n')[0]}");
                await Task.Delay(TimeSpan.FromSeconds(0.5));
            }
        }
    }

    private static async Task FreezeAsync(ServiceProcess process, Fault fault) => await DuringAsync(fault, process.Process.Freeze, process.Process.Thaw);

    // A byte is flipped past the proxy, and not while nobody answers there.
    private async Task AloneWithServerAsync(Func<Task> meet)
    {
        await _serverIsUp.WaitAsync();
        try
        {
            await meet();
        }
        finally
        {
            _serverIsUp.Release();
        }
    }

    private async Task StoreAsync(Fault fault, StoreFault kind, int share = 1)
    {
        _storeLink!.Set(kind, share);
        await Task.Delay(fault.Duration);
        _storeLink.Set(StoreFault.None);
    }

    private async Task StartOneProcessAsync()
    {
        _storeDisk = SmallDisk.TryMount(StoreDiskBytes);
        string data = Path.Combine(_storeDisk?.Path ?? _folder.Path, "data");
        Store = new DirectoryObjectStore(new DirectoryStoreOptions { Root = data }, TimeProvider.System);
        Dial();
        await StartAsync(Gateways, "Recording.Silo", "service", ("RECORDING_DATA", data));
    }

    private async Task StartClusterAsync()
    {
        _redis = await RedisServer.StartAsync();
        _redisLink = TcpProxy.Start(_redis.Port);
        _server = await RadosGateway.StartAsync();
        _storeLink = await StoreProxy.StartAsync(_server.Port);
        Store = new S3ObjectStore(
            new S3StoreOptions { Endpoint = _server.Endpoint, AccessKey = RadosGateway.AccessKey, SecretKey = RadosGateway.SecretKey }, TimeProvider.System);
        (string, string)[] shared =
        [
            ("RECORDING_REDIS_HOST", "127.0.0.1"), ("RECORDING_REDIS_PORT", $"{_redisLink.Port}"), ("RECORDING_S3_ENDPOINT", _storeLink.Endpoint),
            ("RECORDING_S3_ACCESS_KEY", RadosGateway.AccessKey), ("RECORDING_S3_SECRET_KEY", RadosGateway.SecretKey),
        ];
        if (!_options.PlanOnly)
        {
            Dial();
        }

        for (int number = 1; number <= 2; number++)
        {
            await StartAsync(Silos, "Recording.Silo", $"silo-{number}", [.. shared, ("RECORDING_ROLE", "recorder")]);
        }

        for (int number = 1; number <= 2; number++)
        {
            await StartAsync(Gateways, "Recording.Gateway", $"gateway-{number}", shared);
        }
    }

    private void Dial() => Dialled = TcpProxy.Start(LoopbackPort.Free());

    private async Task StartAsync(List<ServiceProcess> list, string program, string name, params (string Name, string Value)[] settings)
    {
        bool isGateway = list == Gateways;
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RECORDING_INSTANCE"] = name,
            ["RECORDING_LOG_LEVEL"] = "info",
            ["RECORDING_LOG_FORMAT"] = "text",
            ["RECORDING_GATEWAY_BUFFER"] = "64MiB",
            ["RECORDING_SFU_GRACE"] = _options.Grace,
            ["RECORDING_SPOOL"] = FileFor("spool-" + name),
            ["RECORDING_SPOOL_BYTES"] = "16MiB",
            ["RECORDING_SPOOL_RESERVE"] = "1MiB",

            // Soon, so that every short trouble of the store goes through the disk.
            ["RECORDING_SPOOL_AFTER"] = "1s",
        };
        if (isGateway && Dialled is not null)
        {
            all["RECORDING_SFU_HOST"] = $"127.0.0.1:{Dialled.Port}";
        }

        if (isGateway && SmallDisk.TryMount(SpoolDiskBytes) is { } disk)
        {
            _spools.Add(disk);
            all["RECORDING_SPOOL"] = disk.Path;
        }

        foreach ((string key, string value) in settings)
        {
            all[key] = value;
        }

        ServiceProcess process = await ServiceProcess.StartAsync(program, all);
        list.Add(process);
        _names[process] = name;
        if (isGateway)
        {
            Links.Add(TcpProxy.Start(process.GrpcPort));
        }
    }
}

using System.Net;

namespace Recording.TestInfrastructure;

/// <summary>A process of the service, from the binaries that this build made, on free loopback ports.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private readonly Dictionary<string, string> _environment;
    private readonly string _program;
    private ChildProcess _process;

    private ServiceProcess(string program, Dictionary<string, string> environment, int grpcPort, int httpPort)
    {
        _program = program;
        _environment = environment;
        GrpcPort = grpcPort;
        HttpPort = httpPort;
        _process = Launch();
    }

    /// <summary>gRPC port on 127.0.0.1.</summary>
    public int GrpcPort { get; }

    /// <summary>HTTP port on 127.0.0.1.</summary>
    public int HttpPort { get; }

    /// <summary>Address of the control service.</summary>
    public Uri GrpcAddress => new($"http://127.0.0.1:{GrpcPort}");

    /// <summary>The running program.</summary>
    public ChildProcess Process => _process;

    /// <summary>Starts <c>Recording.Silo</c> or <c>Recording.Gateway</c> with settings and waits until it is ready.</summary>
    public static async Task<ServiceProcess> StartAsync(string program, IReadOnlyDictionary<string, string> settings, int grpcPort = 0)
    {
        grpcPort = grpcPort == 0 ? LoopbackPort.Free() : grpcPort;
        int httpPort = LoopbackPort.Free();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RECORDING_GRPC_PORT"] = $"{grpcPort}",
            ["RECORDING_GRPC_LISTEN"] = "127.0.0.1",
            ["RECORDING_HTTP_PORT"] = $"{httpPort}",
            ["RECORDING_SILO_PORT"] = $"{LoopbackPort.Free()}",
            ["RECORDING_SILO_CLIENT_PORT"] = $"{LoopbackPort.Free()}",

            // The default is a folder of this machine, where a test would find what another one left.
            ["RECORDING_SPOOL"] = "none",
        };
        foreach ((string key, string value) in settings)
        {
            environment[key] = value;
        }

        var service = new ServiceProcess(program, environment, grpcPort, httpPort);
        await service.ReadyAsync();
        return service;
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Starts the same program again with the same settings and ports.</summary>
    public async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = Launch();
        await ReadyAsync();
    }

    /// <summary>Waits until <c>/health/ready</c> says so.</summary>
    public async Task ReadyAsync()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await Eventually.HoldsAsync($"{_program} is ready", TimeSpan.FromSeconds(90), async () =>
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"{_program} ended with {_process.ExitCode}:\n{_process.Output}");
            }

            try
            {
                using HttpResponseMessage response = await client.GetAsync(new Uri($"http://127.0.0.1:{HttpPort}/health/ready"));
                return response.StatusCode == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                return false;
            }
            catch (TaskCanceledException)
            {
                return false;
            }
        });
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private ChildProcess Launch() => ChildProcess.Start(_program, "dotnet", [ProgramPath(_program, _program)], _environment);

    /// <summary>A program of this build: tests run from tests/X/bin/{configuration}/net10.0, programs lie in {project}/bin/{configuration}/net10.0.</summary>
    public static string ProgramPath(string project, string assembly)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        string framework = folder.Name;
        string configuration = folder.Parent!.Name;
        string path = Path.Combine(SourceTree.Root, project, "bin", configuration, framework, assembly + ".dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{project} is not built in {configuration}: {path}");
    }
}

using System.Net;
using System.Net.Sockets;
using CliWrap;
using Recording.Model;

namespace Recording.Cli.Demo;

/// <summary>The recording service as a child process on free loopback ports; its output goes to a file.</summary>
internal sealed class DemoService : IAsyncDisposable
{
    private const int TailLines = 30;
    private static readonly TimeSpan _readyTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _stopTimeout = TimeSpan.FromSeconds(20);
    private readonly CancellationTokenSource _interrupt;
    private readonly CancellationTokenSource _kill;
    private readonly CommandTask<CommandResult> _process;
    private readonly int _httpPort;

    private DemoService(Command command, int grpcPort, int httpPort, string logPath)
    {
        _interrupt = new CancellationTokenSource();
        _kill = new CancellationTokenSource();
        _process = command.ExecuteAsync(_kill.Token, _interrupt.Token);
        _httpPort = httpPort;
        GrpcAddress = new Uri($"http://127.0.0.1:{grpcPort}");
        LogPath = logPath;
    }

    /// <summary>Where the control service answers.</summary>
    public Uri GrpcAddress { get; }

    /// <summary>What the process writes.</summary>
    public string LogPath { get; }

    /// <summary>Starts the service and waits until it is ready.</summary>
    /// <exception cref="RecordingException">4004: no such executable; 2004: it ended, or was not ready in time.</exception>
    public static async Task<DemoService> StartAsync(string servicePath, string dataDirectory, IPEndPoint sfu, CancellationToken cancellationToken)
    {
        if (!File.Exists(servicePath))
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"the service is not built: there is no {servicePath}");
        }

        Directory.CreateDirectory(dataDirectory);
        string logPath = Path.Combine(Directory.CreateTempSubdirectory("recording-demo-").FullName, "service.log");
        int[] ports = FreePorts(4);
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["RECORDING_ROLE"] = "all",
            ["RECORDING_GRPC_LISTEN"] = "127.0.0.1",
            ["RECORDING_GRPC_PORT"] = $"{ports[0]}",
            ["RECORDING_HTTP_PORT"] = $"{ports[1]}",
            ["RECORDING_SILO_PORT"] = $"{ports[2]}",
            ["RECORDING_SILO_CLIENT_PORT"] = $"{ports[3]}",
            ["RECORDING_DATA"] = dataDirectory,
            ["RECORDING_SPOOL"] = "none",
            ["RECORDING_SFU_HOST"] = $"{sfu}",
            ["PROCESSOR_MAX_CPU"] = "100",
        };
        bool managed = servicePath.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        Command command = CliWrap.Cli.Wrap(managed ? "dotnet" : servicePath)
            .WithArguments(managed ? [servicePath] : Array.Empty<string>())
            .WithEnvironmentVariables(environment)
            .WithValidation(CommandResultValidation.None)
            .WithStandardOutputPipe(PipeTarget.ToFile(logPath))
            .WithStandardErrorPipe(PipeTarget.ToFile(logPath + ".err"));
        var started = new DemoService(command, ports[0], ports[1], logPath);
        try
        {
            await started.WaitUntilReadyAsync(cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>The end of the process's output.</summary>
    public IReadOnlyList<string> LogTail() =>
        [.. new[] { LogPath, LogPath + ".err" }.Where(File.Exists).SelectMany(path => ReadShared(path).TakeLast(TailLines))];

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _interrupt.CancelAsync();
        _kill.CancelAfter(_stopTimeout);
        try
        {
            await _process;
        }
        catch (OperationCanceledException) when (_interrupt.IsCancellationRequested)
        {
            // This is how CliWrap tells that the process was asked to end.
        }

        _interrupt.Dispose();
        _kill.Dispose();
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_readyTimeout);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        var ready = new Uri($"http://127.0.0.1:{_httpPort}/health/ready");
        try
        {
            while (await timer.WaitForNextTickAsync(deadline.Token))
            {
                if (_process.Task.IsCompleted)
                {
                    throw new RecordingException(RecordingErrorCode.WrongState, $"the service ended before it was ready; its output is in {LogPath}");
                }

                if (await IsReadyAsync(http, ready, deadline.Token))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RecordingException(RecordingErrorCode.WrongState, $"the service was not ready after {_readyTimeout.TotalSeconds} s; its output is in {LogPath}");
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, Uri ready, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage answer = await http.GetAsync(ready, cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private static List<string> ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }

        return lines;
    }

    private static int[] FreePorts(int count)
    {
        // All are held until the last is known, so that no two are the same.
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        try
        {
            return [.. listeners.Select(listener =>
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            })];
        }
        finally
        {
            foreach (TcpListener listener in listeners)
            {
                listener.Dispose();
            }
        }
    }
}

using System.Net.Sockets;

namespace Recording.TestInfrastructure;

/// <summary>A real redis-server on a free loopback port. It appends to a file, as clusters need it, so that it keeps its contents over a restart.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private ChildProcess _process;

    private RedisServer()
    {
        Port = LoopbackPort.Free();
        _process = Launch();
    }

    /// <summary>Where it listens on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The running program.</summary>
    public ChildProcess Process => _process;

    /// <summary>Starts one and waits until it takes connections.</summary>
    public static async Task<RedisServer> StartAsync()
    {
        var server = new RedisServer();
        try
        {
            await server.ReadyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Starts it again on the same port with what it held.</summary>
    public async Task RestartAsync()
    {
        await _process.DisposeAsync();
        _process = Launch();
        await ReadyAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private ChildProcess Launch() => ChildProcess.Start(
        "redis-server",
        "redis-server",
        ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--maxmemory-policy", "noeviction", "--dir", _folder.Path]);

    private async Task ReadyAsync() => await Eventually.HoldsAsync("redis-server takes connections", TimeSpan.FromSeconds(30), async () =>
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException("redis-server ended:\n" + _process.Output);
        }

        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    });
}

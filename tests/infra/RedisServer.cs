using System.Net.Sockets;

namespace Recording.TestInfrastructure;

/// <summary>A real redis-server on a free loopback port, with nothing on disk.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private RedisServer(ChildProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    /// <summary>Where it listens on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Starts one and waits until it takes connections.</summary>
    public static async Task<RedisServer> StartAsync()
    {
        int port = LoopbackPort.Free();
        ChildProcess process = ChildProcess.Start(
            "redis-server",
            "redis-server",
            ["--port", $"{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--dir", Path.GetTempPath()]);
        await Eventually.HoldsAsync("redis-server takes connections", TimeSpan.FromSeconds(15), async () =>
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException("redis-server ended:\n" + process.Output);
            }

            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
        return new RedisServer(process, port);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

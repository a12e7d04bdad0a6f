using System.Net;
using System.Net.Sockets;

namespace Recording.TestInfrastructure;

/// <summary>A port on 127.0.0.1 that leads to another one, and can be cut, stalled and closed: the network between two parts of a system.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private const int ChunkBytes = 64 << 10;

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _ending = new();
    private readonly HashSet<Socket> _open = [];
    private readonly Lock _gate = new();
    private readonly Task _accepting;
    private TaskCompletionSource _flowing = Done();
    private bool _refusing;

    private TcpProxy(TcpListener listener, int targetPort)
    {
        _listener = listener;
        TargetPort = targetPort;
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Where new connections lead to on 127.0.0.1.</summary>
    public int TargetPort { get; set; }

    /// <summary>Connections that were taken so far.</summary>
    public int Accepted { get; private set; }

    /// <summary>Listens on a free port; the target need not be there yet.</summary>
    public static TcpProxy Start(int targetPort)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new TcpProxy(listener, targetPort);
    }

    /// <summary>Resets every connection: both ends see an error and lose what was on its way.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            foreach (Socket socket in _open)
            {
                Reset(socket);
            }

            _open.Clear();
        }
    }

    /// <summary>Carries nothing any more in either direction, and keeps every connection open.</summary>
    public void Stall()
    {
        lock (_gate)
        {
            if (_flowing.Task.IsCompleted)
            {
                _flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Ends <see cref="Stall"/>: what waited is carried on.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _flowing.TrySetResult();
        }
    }

    /// <summary>Cuts, and resets every new connection at once until <see cref="Open"/>.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _refusing = true;
        }

        Cut();
    }

    /// <summary>Ends <see cref="Close"/>.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _refusing = false;
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();

        // Only now: out of a stopped listener an accept throws.
        await _accepting;
        _listener.Dispose();
        Resume();
        Cut();
        _ending.Dispose();
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        done.SetResult();
        return done;
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptSocketAsync(_ending.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            Accepted++;
            _ = CarryAsync(socket);
        }
    }

    private async Task CarryAsync(Socket near)
    {
        var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        if (!TryAdd(near, far))
        {
            Reset(near);
            far.Dispose();
            return;
        }

        try
        {
            near.NoDelay = true;
            far.NoDelay = true;
            await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, TargetPort), _ending.Token);
            await Task.WhenAll(CopyAsync(near, far), CopyAsync(far, near));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Cut, or one of the ends has gone: the other end learns of it below.
        }

        lock (_gate)
        {
            _open.Remove(near);
            _open.Remove(far);
        }

        // Not only closed: an end that still writes shall see an error as it would from a host that is gone.
        Reset(near);
        Reset(far);
    }

    private bool TryAdd(Socket near, Socket far)
    {
        lock (_gate)
        {
            if (_refusing || _ending.IsCancellationRequested)
            {
                return false;
            }

            return _open.Add(near) && _open.Add(far);
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        byte[] chunk = new byte[ChunkBytes];
        while (true)
        {
            int read = await from.ReceiveAsync(chunk, _ending.Token);
            Task flowing;
            lock (_gate)
            {
                flowing = _flowing.Task;
            }

            await flowing;
            if (read == 0)
            {
                to.Shutdown(SocketShutdown.Send);
                return;
            }

            for (int sent = 0; sent < read;)
            {
                sent += await to.SendAsync(chunk.AsMemory(sent, read - sent), _ending.Token);
            }
        }
    }
}

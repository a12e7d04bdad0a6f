using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Recording.Storage.Tests.S3;

/// <summary>An HTTP/1.1 server on loopback whose answers, and failures to answer, a test writes byte by byte.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    /// <summary>Answer that never comes.</summary>
    public const string Silence = "silence";

    /// <summary>Answer after which the connection stays open, though more was promised.</summary>
    public const string Stall = "stall";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, int, string> _answer;
    private readonly List<string> _requests = [];
    private readonly Task _accepting;

    /// <param name="answer">From a request's head and its number, counted from 1, to the raw answer; empty = the connection breaks.</param>
    public ScriptedServer(Func<string, int, string> answer)
    {
        _answer = answer;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Endpoint => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>The heads of all requests so far.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public static string Reply(int status, string body = "", string headers = "") =>
        $"HTTP/1.1 {status} Scripted\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{headers}\r\n{body}";

    public static string Error(int status, string code) =>
        Reply(status, $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>scripted</Message></Error>", "Content-Type: application/xml\r\n");

    /// <summary>A header's value in a request's head.</summary>
    public static string? Header(string head, string name) => head.Split("\r\n")
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    public async ValueTask DisposeAsync()
    {
        // Stopped before its last accept has ended, the listener would throw out of it.
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                string head = await ReadRequestAsync(stream);
                int number;
                lock (_requests)
                {
                    _requests.Add(head);
                    number = _requests.Count;
                }

                string answer = _answer(head, number);
                bool stalls = answer == Silence || answer.EndsWith(Stall, StringComparison.Ordinal);
                if (answer != Silence)
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(stalls ? answer[..^Stall.Length] : answer), _stop.Token);
                }

                if (stalls)
                {
                    await Task.Delay(Timeout.Infinite, _stop.Token);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
                // The client gave up, or the test ended.
                client.Close();
            }
        }
    }

    private async Task<string> ReadRequestAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, _stop.Token);
            head.Append((char)one[0]);
        }

        string text = head.ToString();
        if (string.Equals(Header(text, "Expect"), "100-continue", StringComparison.OrdinalIgnoreCase))
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), _stop.Token);
        }

        int length = int.Parse(Header(text, "Content-Length") ?? "0", System.Globalization.CultureInfo.InvariantCulture);
        await stream.ReadExactlyAsync(new byte[length], _stop.Token);
        return text;
    }
}

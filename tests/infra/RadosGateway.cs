using System.Net;
using System.Net.Sockets;

namespace Recording.TestInfrastructure;

/// <summary>
/// A real S3 server: one Ceph monitor, one OSD on a sparse file and the RADOS gateway, on free ports of 127.0.0.1
/// (Debian's ceph-mon, ceph-osd and radosgw). Fails with the parts' logs when it cannot start.
/// </summary>
public sealed class RadosGateway : IAsyncDisposable
{
    private const long DiskBytes = 8L << 30;
    private static readonly string[] Programs = ["ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "monmaptool"];
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly List<ChildProcess> _parts = [];
    private readonly EventHandler _endWithTests;

    private RadosGateway()
    {
        Port = LoopbackPort.Free();
        _endWithTests = (_, _) => KillAllAsync().GetAwaiter().GetResult();
        AppDomain.CurrentDomain.ProcessExit += _endWithTests;
    }

    /// <summary>Where S3 is served on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary><c>host:port</c> of it.</summary>
    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>Access key of a user who may make buckets.</summary>
    public const string AccessKey = "testaccess";

    /// <summary>Its secret.</summary>
    public const string SecretKey = "testsecretkey0123456789";

    private string Configuration => Path.Combine(_folder.Path, "ceph.conf");

    /// <summary>Starts one and waits until it answers: about five seconds.</summary>
    public static async Task<RadosGateway> StartAsync()
    {
        string[] missing = [.. Programs.Where(static program => !OnPath(program))];
        if (missing.Length > 0)
        {
            throw new InvalidOperationException($"No {string.Join(", ", missing)}: apt-get install --no-install-recommends ceph-mon ceph-osd radosgw (./rec test does it).");
        }

        var gateway = new RadosGateway();
        try
        {
            await gateway.BringUpAsync();
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes another user and gives its keys.</summary>
    /// <param name="name">The user's id; its access key is the same.</param>
    /// <param name="mayMakeBuckets">Whether it may make buckets.</param>
    public async Task<(string AccessKey, string SecretKey)> AddUserAsync(string name, bool mayMakeBuckets)
    {
        string secret = "secret-of-" + name;
        await RunAsync("radosgw-admin", "user", "create", $"--uid={name}", $"--display-name={name}", $"--access-key={name}", $"--secret-key={secret}", $"--max-buckets={(mayMakeBuckets ? 0 : -1)}");
        return (name, secret);
    }

    /// <summary>Freezes the S3 server: it takes connections and never answers.</summary>
    public void Freeze() => _parts[^1].Freeze();

    /// <summary>Ends <see cref="Freeze"/>.</summary>
    public void Thaw() => _parts[^1].Thaw();

    /// <summary>kill -9 of the S3 server; monitor and OSD, which hold what is stored, live on.</summary>
    public Task KillAsync() => _parts[^1].KillAsync();

    /// <summary>Starts it again on the same port and waits until it answers.</summary>
    public async Task RestartAsync()
    {
        await _parts[^1].DisposeAsync();
        _parts.RemoveAt(_parts.Count - 1);
        await ServeAsync();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= _endWithTests;
        await KillAllAsync();
        foreach (ChildProcess part in _parts)
        {
            await part.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task BringUpAsync()
    {
        int monitorPort = LoopbackPort.Free();
        string cluster = Guid.NewGuid().ToString();
        foreach (string folder in new[] { "mon", "osd", "rgw", "log" })
        {
            Directory.CreateDirectory(Path.Combine(_folder.Path, folder));
        }

        await File.WriteAllTextAsync(Configuration, CephConfiguration(cluster, monitorPort));
        string map = Path.Combine(_folder.Path, "monmap");
        await RunAsync("monmaptool", "--create", "--clobber", "--fsid", cluster, "--addv", "a", $"[v2:127.0.0.1:{monitorPort}]", map);
        await RunAsync("ceph-mon", "--mkfs", "-i", "a", "--monmap", map);
        Spawn("ceph-mon", "-i", "a");
        await UpAsync("ceph-mon", async () =>
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, monitorPort);
            return true;
        });
        string disk = Guid.NewGuid().ToString();
        await RunAsync("ceph", "--connect-timeout", "30", "osd", "new", disk);
        await RunAsync("ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", disk);
        Spawn("ceph-osd", "-i", "0");
        await RunAsync("radosgw-admin", "user", "create", "--uid=test", "--display-name=test", $"--access-key={AccessKey}", $"--secret-key={SecretKey}", "--max-buckets=0");
        await ServeAsync();
    }

    private async Task ServeAsync()
    {
        Spawn("radosgw", "-n", "client.rgw");
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        await UpAsync("radosgw", async () =>
        {
            using HttpResponseMessage response = await http.GetAsync(new Uri($"http://{Endpoint}/"));
            return response.StatusCode == HttpStatusCode.OK;
        });
    }

    private void Spawn(string program, params string[] arguments) =>
        _parts.Add(ChildProcess.Start(program, program, [.. arguments, "-f", "-c", Configuration]));

    private async Task UpAsync(string program, Func<Task<bool>> answers)
    {
        try
        {
            await Eventually.HoldsAsync($"{program} answers", StartDeadline, async () =>
            {
                if (_parts.Find(static part => part.HasExited) is { } ended)
                {
                    throw new InvalidOperationException($"{ended.Name} ended with {ended.ExitCode}.\n{Logs()}");
                }

                try
                {
                    return await answers();
                }
                catch (Exception exception) when (exception is SocketException or HttpRequestException or TaskCanceledException)
                {
                    return false;
                }
            });
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}\n{Logs()}", exception);
        }
    }

    // One of Ceph's tools, to its end.
    private async Task RunAsync(string program, params string[] arguments)
    {
        string[] all = program == "monmaptool" ? arguments : ["-c", Configuration, .. arguments];
        await using ChildProcess tool = ChildProcess.Start(program, program, all);
        if (await tool.WaitForExitAsync(StartDeadline) != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {tool.ExitCode}:\n{tool.Output}\n{Logs()}");
        }
    }

    private string Logs() => string.Join('\n', _parts.Select(static part => $"== {part.Name}\n{part.Output}"));

    private async Task KillAllAsync()
    {
        foreach (ChildProcess part in Enumerable.Reverse(_parts))
        {
            await part.KillAsync();
        }
    }

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    // Debian 13's own default is a path without its first slash.
    private static string ClassFolder() => Directory.EnumerateDirectories("/usr/lib", "*-linux-gnu*").Select(folder => Path.Combine(folder, "rados-classes")).First(Directory.Exists);

    private string CephConfiguration(string cluster, int monitorPort) =>
        $"""
        [global]
        fsid = {cluster}
        mon host = v2:127.0.0.1:{monitorPort}
        public addr = 127.0.0.1
        cluster addr = 127.0.0.1
        ms bind msgr1 = false
        auth cluster required = none
        auth service required = none
        auth client required = none
        ms mon client mode = crc
        keyring = /dev/null
        run dir = {_folder.Path}
        crash dir = {_folder.Path}/log
        admin socket =
        pid file =
        log file =
        log to stderr = true
        err to stderr = true
        mon cluster log file = /dev/null
        osd pool default size = 1
        osd pool default min size = 1
        osd pool default pg num = 1
        osd pool default pgp num = 1
        osd pool default pg autoscale mode = off
        osd pool default read lease ratio = 0.05
        osd crush chooseleaf type = 0
        mon allow pool size one = true
        [mon]
        mon data = {_folder.Path}/mon
        mon data avail warn = 2
        mon data avail crit = 1
        paxos propose interval = 0.05
        paxos min wait = 0.01
        debug mon = 0
        [osd]
        osd data = {_folder.Path}/osd
        osd objectstore = bluestore
        bluestore block size = {DiskBytes}
        bluestore cache autotune = false
        bluestore cache size = 134217728
        osd client watch timeout = 5
        osd class dir = {ClassFolder()}
        osd class load list = *
        osd class default list = *
        debug bluestore = 0
        debug bluefs = 0
        debug bdev = 0
        debug rocksdb = 0
        [client]
        objecter tick interval = 0.5
        objecter timeout = 1
        client notify timeout = 1
        rgw max notify retries = 1
        rgw data = {_folder.Path}/rgw
        rgw frontends = beast endpoint=127.0.0.1:{Port} tcp_nodelay=1
        rgw thread pool size = 64

        """;
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Recording.TestInfrastructure;

/// <summary>A program that a test starts, watches, signals and never leaves behind.</summary>
public sealed partial class ChildProcess : IAsyncDisposable
{
    private const int MaxOutput = 1 << 20;
    private const int Sigterm = 15;
    private const int Sigstop = 19;
    private const int Sigcont = 18;

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private ChildProcess(Process process, string name)
    {
        _process = process;
        Name = name;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
    }

    /// <summary>For messages.</summary>
    public string Name { get; }

    /// <summary>The operating system's number.</summary>
    public int Id { get; private set; }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>How it ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it printed so far, the last megabyte.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a program.</summary>
    public static ChildProcess Start(string name, string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? directory = null)
    {
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = directory ?? "",
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string key, string value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[key] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = start }, name);
        child._process.Start();
        child.Id = child._process.Id;
        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>kill -9, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM.</summary>
    public void Terminate() => Signal(Sigterm);

    /// <summary>SIGSTOP: it freezes and keeps its connections.</summary>
    public void Freeze() => Signal(Sigstop);

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Signal(Sigcont);

    /// <summary>Memory that it holds now, bytes (VmRSS); 0 once it has ended.</summary>
    public long ResidentBytes
    {
        get
        {
            try
            {
                string line = File.ReadLines($"/proc/{Id}/status").FirstOrDefault(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal)) ?? "";
                return long.TryParse(line.AsSpan(Math.Min(6, line.Length)).Trim().TrimEnd("kB").Trim(), System.Globalization.CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes << 10 : 0;
            }
            catch (IOException)
            {
                return 0;
            }
        }
    }

    /// <summary>Waits for the end and returns the exit code; throws with the output when it takes longer.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan deadline)
    {
        using var timeout = new CancellationTokenSource(deadline);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException($"{Name} still runs after {deadline.TotalSeconds:0} s. Its output:\n{Output}", exception);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void Signal(int signal)
    {
        try
        {
            if (!_process.HasExited)
            {
                _ = Kill(Id, signal);
            }
        }
        catch (InvalidOperationException)
        {
            // Disposed: it ended long ago, and its number may be another's by now.
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
            if (_output.Length > MaxOutput)
            {
                _output.Remove(0, _output.Length - MaxOutput);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Kill(int processId, int signal);
}

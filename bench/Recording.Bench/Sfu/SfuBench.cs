using Recording.TestInfrastructure;

namespace Recording.Bench.Sfu;

/// <summary>
/// The npm package in one Node.js process against the service as one process on a directory: event-loop delay and CPU a packet of the SFU (bench/sfu/load.js), beside
/// those of the same process without the package.
/// </summary>
internal static class SfuBench
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private const string BoundMs = "20";

    /// <summary>Runs both; 1 when the delay's 99th percentile is over 20 ms or a packet was lost.</summary>
    /// <param name="arguments">Passed on to load.js: --producers, --rate, --seconds, --warmup.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        using var data = new TemporaryFolder();
        await using ServiceProcess service = await ServiceProcess.StartAsync("Recording.Silo", new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["RECORDING_DATA"] = data.Path,
            ["RECORDING_LOG_LEVEL"] = "warn",
            ["PROCESSOR_WORKERS"] = "0",
        });
        int baseline = await LoadAsync(service, [.. arguments, "--without-package"]);
        return baseline != 0 ? baseline : await LoadAsync(service, [.. arguments, "--bound-ms", BoundMs]);
    }

    private static async Task<int> LoadAsync(ServiceProcess service, string[] arguments)
    {
        string script = Path.Combine(SourceTree.Root, "bench", "sfu", "load.js");
        await using ChildProcess load = ChildProcess.Start("load.js", "node", [script, $"{service.GrpcPort}", .. arguments]);
        int exitCode = await load.WaitForExitAsync(Deadline);
        Console.Write(load.Output);
        return exitCode;
    }
}

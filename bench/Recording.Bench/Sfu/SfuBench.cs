using Recording.TestInfrastructure;

namespace Recording.Bench.Sfu;

/// <summary>The npm package in one Node.js process against the service as one process on a directory: event-loop delay and CPU a packet of the SFU (bench/sfu/load.js).</summary>
internal static class SfuBench
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

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
        string script = Path.Combine(SourceTree.Root, "bench", "sfu", "load.js");
        await using ChildProcess load = ChildProcess.Start("load.js", "node", [script, $"{service.GrpcPort}", .. arguments]);
        int exitCode = await load.WaitForExitAsync(Deadline);
        Console.Write(load.Output);
        return exitCode;
    }
}

using System.Globalization;
using Recording.Bench.Ingest;

namespace Recording.Bench.Latency;

/// <summary>What the latency bench does.</summary>
/// <param name="Load">Tracks, rate, times, one packet size.</param>
/// <param name="Stores"><c>directory</c>, <c>s3</c>.</param>
/// <param name="HasSpool">Then what waits for over <c>RECORDING_SPOOL_AFTER</c> is acknowledged from the spool; without it an acknowledgement says stored.</param>
internal sealed record LatencyOptions(IngestOptions Load, IReadOnlyList<string> Stores, bool HasSpool)
{
    public static LatencyOptions Parse(string[] args)
    {
        var values = new Dictionary<string, int>(StringComparer.Ordinal) { ["--tracks"] = 500, ["--rate"] = 50, ["--warmup"] = 25, ["--seconds"] = 20, ["--bytes"] = 120, ["--spool"] = 0 };
        string[] stores = ["directory", "s3"];
        for (int i = 0; i + 1 < args.Length; i += 2)
        {
            if (args[i] == "--store" && args[i + 1] is "directory" or "s3" or "both")
            {
                stores = args[i + 1] == "both" ? stores : [args[i + 1]];
            }
            else if (values.ContainsKey(args[i]))
            {
                values[args[i]] = int.Parse(args[i + 1], CultureInfo.InvariantCulture);
            }
            else
            {
                throw new ArgumentException($"unknown option {args[i]} {args[i + 1]}", nameof(args));
            }
        }

        return new LatencyOptions(new IngestOptions(values["--tracks"], values["--rate"], values["--warmup"], values["--seconds"], [values["--bytes"]]), stores, values["--spool"] > 0);
    }
}

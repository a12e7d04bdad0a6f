namespace Recording.Bench.Ingest;

/// <summary>What the ingest bench sends.</summary>
/// <param name="Tracks">Tracks, ten a room.</param>
/// <param name="Rate">Packets a second and track; 0 = as fast as the receiver takes them.</param>
/// <param name="WarmupSeconds">Not measured.</param>
/// <param name="Seconds">Measured.</param>
/// <param name="PacketSizes">RTP bytes.</param>
internal sealed record IngestOptions(int Tracks, int Rate, int WarmupSeconds, int Seconds, IReadOnlyList<int> PacketSizes)
{
    public const int TracksPerRoom = 10;

    public static IngestOptions Parse(string[] args)
    {
        var values = new Dictionary<string, int>(StringComparer.Ordinal) { ["--tracks"] = 200, ["--rate"] = 0, ["--warmup"] = 15, ["--seconds"] = 12, ["--bytes"] = 0 };
        for (int i = 0; i + 1 < args.Length; i += 2)
        {
            if (!values.ContainsKey(args[i]))
            {
                throw new ArgumentException($"unknown option {args[i]}", nameof(args));
            }

            values[args[i]] = int.Parse(args[i + 1]);
        }

        return new IngestOptions(values["--tracks"], values["--rate"], values["--warmup"], values["--seconds"], values["--bytes"] > 0 ? [values["--bytes"]] : [120, 1100]);
    }
}

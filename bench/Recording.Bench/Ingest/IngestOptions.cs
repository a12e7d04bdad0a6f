namespace Recording.Bench.Ingest;

/// <summary>What the ingest bench sends.</summary>
internal sealed record IngestOptions(int Tracks, int Rate, int WarmupSeconds, int Seconds)
{
    public const int TracksPerRoom = 10;

    public static IngestOptions Parse(string[] args)
    {
        var values = new Dictionary<string, int>(StringComparer.Ordinal) { ["--tracks"] = 200, ["--rate"] = 150, ["--warmup"] = 6, ["--seconds"] = 12 };
        for (int i = 0; i + 1 < args.Length; i += 2)
        {
            if (!values.ContainsKey(args[i]))
            {
                throw new ArgumentException($"unknown option {args[i]}", nameof(args));
            }

            values[args[i]] = int.Parse(args[i + 1]);
        }

        return new IngestOptions(values["--tracks"], values["--rate"], values["--warmup"], values["--seconds"]);
    }
}

using Recording.Bench.Ingest;
using Recording.Bench.Latency;

return args switch
{
    ["ingest", .. string[] rest] => await IngestBench.RunAsync(IngestOptions.Parse(rest)),
    ["latency", .. string[] rest] => await LatencyBench.RunAsync(LatencyOptions.Parse(rest)),
    ["sink", string port] => await Sink.RunAsync(int.Parse(port)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: recording-bench ingest [--tracks N] [--rate PACKETS_PER_SECOND_AND_TRACK] [--warmup SECONDS] [--seconds N] [--bytes N]
               recording-bench latency [--store directory|s3|both] [--tracks N] [--rate PACKETS_PER_SECOND_AND_TRACK] [--warmup SECONDS] [--seconds N] [--bytes N]
               recording-bench sink PORT        (started by both: receives the same per-packet stream and drops it)
        """);
    return 2;
}

using Recording.Bench.Ingest;
using Recording.Bench.Render;

return args switch
{
    ["ingest", .. string[] rest] => await IngestBench.RunAsync(IngestOptions.Parse(rest)),
    ["render", .. string[] rest] => await RenderBench.RunAsync(RenderBenchOptions.Parse(rest)),
    ["sink", string port] => await Sink.RunAsync(int.Parse(port)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: recording-bench ingest [--tracks N] [--rate PACKETS_PER_SECOND_AND_TRACK] [--warmup SECONDS] [--seconds N] [--bytes N]
               recording-bench render [--tiles N] [--seconds N]
               recording-bench sink PORT        (started by ingest: receives the same per-packet stream and drops it)
        """);
    return 2;
}

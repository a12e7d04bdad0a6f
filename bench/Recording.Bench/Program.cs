using Recording.Bench.Ingest;
using Recording.Bench.Sfu;

return args switch
{
    ["ingest", .. string[] rest] => await IngestBench.RunAsync(IngestOptions.Parse(rest)),
    ["sfu", .. string[] rest] => await SfuBench.RunAsync(rest),
    ["sink", string port] => await Sink.RunAsync(int.Parse(port)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: recording-bench ingest [--tracks N] [--rate PACKETS_PER_SECOND_AND_TRACK] [--warmup SECONDS] [--seconds N] [--bytes N]
               recording-bench sfu [--producers N] [--rate PACKETS_PER_SECOND_AND_PRODUCER] [--warmup SECONDS] [--seconds N]
               recording-bench sink PORT        (started by ingest: receives the same per-packet stream and drops it)
        """);
    return 2;
}

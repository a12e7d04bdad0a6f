using Recording.Bench.Assembly;
using Recording.Bench.Ingest;
using Recording.Bench.Latency;
using Recording.Bench.Remux;
using Recording.Bench.Render;
using Recording.Bench.Sfu;

return args switch
{
    ["ingest", .. string[] rest] => await IngestBench.RunAsync(IngestOptions.Parse(rest)),
    ["assembly", .. string[] rest] => await AssemblyBench.RunAsync(rest),
    ["latency", .. string[] rest] => await LatencyBench.RunAsync(LatencyOptions.Parse(rest)),
    ["remux", .. string[] rest] => await RemuxBench.RunAsync(rest),
    ["remux-one", string trackFile, string output] => RemuxBench.RunOne(trackFile, output),
    ["render", .. string[] rest] => await RenderBench.RunAsync(RenderBenchOptions.Parse(rest)),
    ["length", .. string[] rest] => await LengthBench.RunAsync(rest),
    ["sfu", .. string[] rest] => await SfuBench.RunAsync(rest),
    ["sink", string port] => await Sink.RunAsync(int.Parse(port)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: recording-bench ingest [--tracks N] [--rate PACKETS_PER_SECOND_AND_TRACK] [--warmup SECONDS] [--seconds N] [--bytes N]
               recording-bench assembly [--store directory|s3] [--mb N] [--bound-mb N]
               recording-bench latency [--store directory|s3|both] [--tracks N] [--rate PACKETS_PER_SECOND_AND_TRACK] [--warmup SECONDS] [--seconds N] [--bytes N] [--spool 0|1]
               recording-bench remux [--packets N]   (beside janus-pp-rec on the same packets)
               recording-bench remux-one TRACK_FILE OUTPUT   (started by remux)
               recording-bench render [--tiles N] [--seconds N]
               recording-bench length [--minutes N,N]   (how rendering grows with a room's length)
               recording-bench sfu [--producers N] [--rate PACKETS_PER_SECOND_AND_PRODUCER] [--warmup SECONDS] [--seconds N]
               recording-bench sink PORT        (started by ingest and latency: receives the same per-packet stream and drops it)
        """);
    return 2;
}

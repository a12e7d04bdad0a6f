using System.Globalization;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Outputs;

/// <summary>FFmpeg's arguments for the mixed sound of a whole output. Pure.</summary>
public static class AudioGraph
{
    /// <summary>Samples a second of the output.</summary>
    public const int SampleRate = 48_000;

    private const string Shape = "aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo";

    /// <summary>Input arguments, in order.</summary>
    public static IReadOnlyList<string> Inputs(IReadOnlyList<TrackMedia> tracks) =>
        [.. tracks.SelectMany(track => new[] { "-i", "file:" + track.File.FullName })];

    /// <summary>The filter graph; its output is <c>[out]</c>.</summary>
    public static string Filter(IReadOnlyList<TrackMedia> tracks, CompositionPlan plan)
    {
        List<string> chains = [];
        for (int i = 0; i < tracks.Count; i++)
        {
            // Timestamps become samples before the mix, which would squeeze gaps; the start is made up for by a delay.
            long delay = Math.Max(0, (long)Math.Round(tracks[i].StartSeconds * SampleRate));
            chains.Add($"[{i}:a:0]aresample={SampleRate}:async=1000:min_hard_comp=0.05,{Shape},adelay={Text(delay)}S:all=1[a{i}]");
        }

        string mixed = "mix";
        string all = string.Concat(Enumerable.Range(0, tracks.Count).Select(i => $"[a{i}]"));
        chains.Add(tracks.Count switch
        {
            0 => $"anullsrc=r={SampleRate}:cl=stereo,{Shape}[mix]",
            1 => $"{all}apad[mix]",
            _ => $"{all}amix=inputs={tracks.Count}:duration=longest:dropout_transition=0:normalize=0,apad[mix]",
        });

        long total = Samples(plan.DurationUs);
        if (plan.Spans.Count > 1)
        {
            mixed = AddCuts(chains, plan.Spans);
        }

        // The limiter only touches what would clip.
        chains.Add($"[{mixed}]alimiter=level=disabled:latency=1,{Shape},apad,atrim=end_sample={Text(Math.Max(1, total))}[out]");
        return string.Join(';', chains);
    }

    private static string AddCuts(List<string> chains, IReadOnlyList<KeptSpan> spans)
    {
        string outputs = string.Concat(Enumerable.Range(0, spans.Count).Select(i => $"[s{i}]"));
        chains.Add($"[mix]asplit={spans.Count}{outputs}");
        for (int i = 0; i < spans.Count; i++)
        {
            long start = Samples(spans[i].Source.StartUs);

            // Lengths come from output times, so that rounding does not add up.
            long length = Samples(spans[i].OutputEndUs) - Samples(spans[i].OutputUs);
            chains.Add($"[s{i}]atrim=start_sample={Text(start)}:end_sample={Text(start + length)},asetpts=PTS-STARTPTS[k{i}]");
        }

        chains.Add($"{string.Concat(Enumerable.Range(0, spans.Count).Select(i => $"[k{i}]"))}concat=n={spans.Count}:v=0:a=1[cut]");
        return "cut";
    }

    private static long Samples(long microseconds) => (long)Math.Round(microseconds * (SampleRate / 1e6));

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}

using System.Globalization;
using System.Text;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Outputs;

/// <summary>FFmpeg's arguments for the mixed sound of a whole output. Pure.</summary>
public static class AudioGraph
{
    /// <summary>Samples a second of the output.</summary>
    public const int SampleRate = 48_000;

    /// <summary>A longer gap divides a track: FFmpeg would hold its silence in memory, 1.4 GB for an hour.</summary>
    public const long LongestGapUs = 40_000_000;

    // A lost packet is 20 ms: it must become silence at once. With 50 ms, 5 % of loss left the sound up to 50 ms early; drift is made up for softly below this.
    private const string HardCompensation = "0.015";
    private const string Shape = "aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo";

    /// <summary>Input arguments, in order.</summary>
    public static IReadOnlyList<string> Inputs(IReadOnlyList<AudioSource> tracks) =>
        [.. tracks.SelectMany(track => track.Sections).SelectMany(section => new[] { "-f", "matroska", "-i", "file:" + section.File.FullName })];

    /// <summary>The filter graph; its output is <c>[out]</c>.</summary>
    /// <param name="tracks">What is heard; none = silence.</param>
    /// <param name="spans">What the output keeps of the recording.</param>
    /// <param name="durationUs">Length of the output.</param>
    /// <param name="silent">Recording times of which nothing is heard; null = none.</param>
    public static string Filter(IReadOnlyList<AudioSource> tracks, IReadOnlyList<KeptSpan> spans, long durationUs, IReadOnlyList<TimeInterval>? silent = null)
    {
        List<string> chains = [];
        int input = 0;
        for (int i = 0; i < tracks.Count; i++)
        {
            AddTrack(chains, tracks[i], i, ref input);
        }

        string mixed = "mix";
        string all = string.Concat(Enumerable.Range(0, tracks.Count).Select(i => $"[a{i}]"));
        chains.Add(tracks.Count switch
        {
            0 => $"anullsrc=r={SampleRate}:cl=stereo,{Shape}[mix]",
            1 => $"{all}apad{Mute("q", silent ?? [])}[mix]",
            _ => $"{all}amix=inputs={tracks.Count}:duration=longest:dropout_transition=0:normalize=0,apad{Mute("q", silent ?? [])}[mix]",
        });

        if (spans.Count > 1 || (spans.Count == 1 && spans[0].Source.StartUs > 0))
        {
            mixed = AddCuts(chains, spans);
        }

        // The limiter only touches what would clip.
        chains.Add($"[{mixed}]alimiter=level=disabled:latency=1,{Shape},apad,atrim=end_sample={Text(Math.Max(1, Samples(durationUs)))}[out]");
        return string.Join(';', chains);
    }

    /// <summary>The filter graph of one track by itself, from its first sample to its last; its output is <c>[a0]</c>.</summary>
    public static string Alone(AudioSource track)
    {
        ArgumentNullException.ThrowIfNull(track);
        List<string> chains = [];
        int input = 0;
        double first = track.Sections[0].StartSeconds;
        AddTrack(chains, track with { Sections = [.. track.Sections.Select(section => section with { StartSeconds = section.StartSeconds - first })] }, 0, ref input);
        return string.Join(';', chains);
    }

    private static void AddTrack(List<string> chains, AudioSource track, int number, ref int input)
    {
        // Timestamps become samples before the mix, which would squeeze gaps; the start is made up for by a delay.
        long[] starts = [.. track.Sections.Select(section => Math.Max(0, (long)Math.Round(section.StartSeconds * SampleRate)))];
        string muted = Mute($"m{number}p", track.Muted);
        for (int i = 0; i < starts.Length; i++)
        {
            string delay = i == 0 ? $",adelay={Text(starts[0])}S:all=1" : "";
            long length = i + 1 < starts.Length ? starts[i + 1] - (i == 0 ? 0 : starts[i]) : -1;
            string exact = length < 0 ? "" : $",apad=whole_len={Text(length)},atrim=end_sample={Text(length)}";
            string name = starts.Length == 1 ? $"{muted}[a{number}]" : $"[a{number}s{i}]";
            chains.Add($"[{input++}:a:0]aresample={SampleRate}:async=1000:min_hard_comp={HardCompensation},{Shape}{delay}{exact}{name}");
        }

        if (starts.Length > 1)
        {
            chains.Add($"{string.Concat(Enumerable.Range(0, starts.Length).Select(i => $"[a{number}s{i}]"))}concat=n={starts.Length}:v=0:a=1{muted}[a{number}]");
        }
    }

    private static string AddCuts(List<string> chains, IReadOnlyList<KeptSpan> spans)
    {
        List<long> edges = [];
        foreach (KeptSpan span in spans)
        {
            long start = Samples(span.Source.StartUs);

            // Lengths come from output times, so that rounding does not add up.
            long length = Samples(span.OutputEndUs) - Samples(span.OutputUs);
            if (edges.Count > 0 && start <= edges[^1])
            {
                edges[^1] += length;
            }
            else if (length > 0)
            {
                edges.AddRange([start, start + length]);
            }
        }

        // Without its end the padded mix would be dropped for ever behind the last span.
        long end = edges.Count == 0 ? 1 : edges[^1];
        chains.Add($"[mix]atrim=end_sample={Text(end)}{Divide("k", edges, end)},aselect='{Within(edges)}',asetpts=N[cut]");
        return "cut";
    }

    private static string Mute(string name, IReadOnlyList<TimeInterval> muted)
    {
        List<long> edges = [];
        foreach (TimeInterval interval in TimeInterval.Union(muted, new TimeInterval(0, long.MaxValue / SampleRate)))
        {
            long start = Samples(interval.StartUs);
            long end = Samples(interval.EndUs);
            if (edges.Count > 0 && start <= edges[^1])
            {
                edges[^1] = end;
            }
            else if (end > start)
            {
                edges.AddRange([start, end]);
            }
        }

        return edges.Count == 0 ? "" : $"{Divide(name, edges, long.MaxValue)},volume=0:enable='{Within(edges)}'";
    }

    // aselect and volume judge whole frames: frames are divided at the edges first. A trim and a chain for each span instead cost as many filters as spans
    // for every frame: with a hundred of them five times the CPU, with two thousand no end.
    private static string Divide(string name, List<long> edges, long end)
    {
        long[] inner = [.. edges.Where(edge => edge > 0 && edge < end)];
        if (inner.Length == 0)
        {
            return "";
        }

        string parts = string.Concat(Enumerable.Range(0, inner.Length + 1).Select(i => $"[{name}{i}]"));
        return $",asegment=samples={string.Join('|', inner.Select(Text))}{parts};{parts}concat=n={inner.Length + 1}:v=0:a=1,asettb=1/{SampleRate},asetpts=N";
    }

    // 1 from each first edge to its second, found by halving: a sum over all of them would be worked out for every frame. Half a sample off, because t is no whole number.
    private static string Within(List<long> edges)
    {
        var expression = new StringBuilder();
        Append(0, edges.Count);
        return expression.ToString();

        void Append(int low, int high)
        {
            if (low == high)
            {
                expression.Append(low % 2);
                return;
            }

            int middle = (low + high) / 2;
            expression.Append(CultureInfo.InvariantCulture, $"if(lt(t,{(edges[middle] - 0.5) / SampleRate:0.000000}),");
            Append(low, middle);
            expression.Append(',');
            Append(middle + 1, high);
            expression.Append(')');
        }
    }

    private static long Samples(long microseconds) => (long)Math.Round(microseconds * (SampleRate / 1e6));

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}

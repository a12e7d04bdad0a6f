using System.Globalization;
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
            1 => $"{all}apad{Silence(silent ?? [])}[mix]",
            _ => $"{all}amix=inputs={tracks.Count}:duration=longest:dropout_transition=0:normalize=0,apad{Silence(silent ?? [])}[mix]",
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
        string muted = Silence(track.Muted);
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

    private static string Silence(IReadOnlyList<TimeInterval> times) =>
        times.Count == 0 ? "" : $",volume=0:enable='{string.Join('+', times.Select(interval => $"between(t,{Seconds(interval.StartUs)},{Seconds(interval.EndUs)})"))}'";

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

    private static string Seconds(long microseconds) => (microseconds / 1e6).ToString("0.000000", CultureInfo.InvariantCulture);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}

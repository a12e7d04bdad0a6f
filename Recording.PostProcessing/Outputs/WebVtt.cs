using System.Globalization;
using System.Text;
using Recording.Model;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Outputs;

/// <summary>Reads and writes WebVTT (W3C): cue times and text; settings, notes, styles and regions are left out.</summary>
public static class WebVtt
{
    private const int MostCues = 200_000;
    private const string Arrow = "-->";
    private const int MpegTicks = 90_000;

    /// <summary>Reads cues, in order of time.</summary>
    /// <exception cref="RecordingException">1003: the text is not WebVTT, with the line.</exception>
    public static IReadOnlyList<WebVttCue> Read(string text)
    {
        string[] lines = text.TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\0", "\uFFFD", StringComparison.Ordinal).Split('\n');
        if (!(lines[0] == "WEBVTT" || lines[0].StartsWith("WEBVTT ", StringComparison.Ordinal) || lines[0].StartsWith("WEBVTT\t", StringComparison.Ordinal)))
        {
            throw Bad(1, "expected WEBVTT");
        }

        List<WebVttCue> cues = [];
        for (int i = 1; i < lines.Length; i++)
        {
            if (!lines[i].Contains(Arrow, StringComparison.Ordinal))
            {
                continue;
            }

            (long startUs, long endUs) = Times(lines[i], i + 1);
            var body = new List<string>();
            while (i + 1 < lines.Length && lines[i + 1].Length > 0 && !lines[i + 1].Contains(Arrow, StringComparison.Ordinal))
            {
                body.Add(lines[++i]);
            }

            if (cues.Count == MostCues)
            {
                throw Bad(i + 1, $"more than {MostCues} cues");
            }

            if (body.Count > 0)
            {
                cues.Add(new WebVttCue(startUs, endUs, string.Join('\n', body)));
            }
        }

        return [.. cues.OrderBy(cue => cue.StartUs)];
    }

    /// <summary>Writes cues.</summary>
    public static string Write(IEnumerable<WebVttCue> cues) => Write(cues, "");

    /// <summary>Writes cues as an HLS segment (RFC 8216, 3.5).</summary>
    /// <param name="cues">In output time.</param>
    /// <param name="mediaStart">Time of the media segments at which the output begins, seconds from 0.</param>
    public static string WriteMapped(IEnumerable<WebVttCue> cues, double mediaStart) =>
        Write(cues, string.Create(CultureInfo.InvariantCulture, $"X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:{Math.Max(0, Math.Round(mediaStart * MpegTicks)):0}\n"));

    private static string Write(IEnumerable<WebVttCue> cues, string header)
    {
        var text = new StringBuilder("WEBVTT\n").Append(header);
        foreach (WebVttCue cue in cues)
        {
            text.Append('\n').Append(Time(cue.StartUs)).Append(" --> ").Append(Time(cue.EndUs)).Append('\n').Append(cue.Text).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Cues in output time: what was cut out is gone, a cue over a cut is shortened.</summary>
    public static IReadOnlyList<WebVttCue> ToOutput(IEnumerable<WebVttCue> cues, OutputClock clock) =>
        [.. cues.Select(cue => cue with { StartUs = clock.ToOutputUs(cue.StartUs), EndUs = clock.ToOutputUs(cue.EndUs) }).Where(cue => cue.EndUs - cue.StartUs >= 1000)];

    /// <summary>Cues whose voices are named in their text: FFmpeg drops the voice tag and the name with it.</summary>
    public static IReadOnlyList<WebVttCue> WithNames(IEnumerable<WebVttCue> cues) =>
        [.. cues.Select(cue => cue with { Text = WithNames(cue.Text) })];

    /// <summary>Text that is shown as it is.</summary>
    public static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>hh:mm:ss.ttt.</summary>
    public static string Time(long timeUs)
    {
        long ms = timeUs / 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{ms / 3_600_000:00}:{ms / 60_000 % 60:00}:{ms / 1000 % 60:00}.{ms % 1000:000}");
    }

    private static string WithNames(string text)
    {
        var named = new StringBuilder();
        int at = 0;
        while (text.IndexOf('<', at) is >= 0 and int open && text.IndexOf('>', open) is >= 0 and int close)
        {
            string tag = text[(open + 1)..close];
            named.Append(text, at, open - at).Append(tag == "/v" ? "" : Voice(tag) is { Length: > 0 } name ? name + ": " : text[open..(close + 1)]);
            at = close + 1;
        }

        return named.Append(text, at, text.Length - at).ToString();
    }

    // W3C WebVTT 4.2.2: the letter, classes behind dots, white space, the name.
    private static string? Voice(string tag)
    {
        int space = tag.AsSpan().IndexOfAny(" \t\n");
        return space > 0 && (space == 1 || tag[1] == '.') && tag[0] == 'v' ? tag[space..].Replace('\n', ' ').Trim() : null;
    }

    private static (long StartUs, long EndUs) Times(string line, int number)
    {
        int arrow = line.IndexOf(Arrow, StringComparison.Ordinal);
        string[] end = line[(arrow + Arrow.Length)..].Split((char[]?)[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        long? startUs = ParseTime(line[..arrow].Trim());
        long? endUs = end.Length > 0 ? ParseTime(end[0]) : null;
        return startUs is { } from && endUs is { } to && to > from ? (from, to) : throw Bad(number, "expected two times, the second later than the first");
    }

    // [hh:]mm:ss.ttt
    private static long? ParseTime(string text)
    {
        string[] parts = text.Split(':');
        if (parts.Length is < 2 or > 3)
        {
            return null;
        }

        long total = 0;
        foreach (string part in parts[..^1])
        {
            if (part.Length is < 2 or > 4 || !int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int value))
            {
                return null;
            }

            total = (total * 60) + value;
        }

        string last = parts[^1];
        return last.Length == 6 && last[2] == '.'
            && int.TryParse(last.AsSpan(0, 2), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            && int.TryParse(last.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int ms)
            ? (((total * 60) + seconds) * 1_000_000) + (ms * 1000L)
            : null;
    }

    private static RecordingException Bad(int line, string what) => new(RecordingErrorCode.ProtocolViolation, $"captions, line {line}: {what}");
}

using System.Globalization;
using System.Text;

namespace Recording.PostProcessing.Transcript;

/// <summary>A transcript as WebVTT with voices (W3C WebVTT 4.1, 6.4), in recording time as compositions read captions.</summary>
public static class WebVtt
{
    private const long ShortestUs = 500_000;

    /// <summary>Writes it.</summary>
    /// <param name="segments">In order of time.</param>
    public static string Write(IEnumerable<TranscriptSegment> segments)
    {
        ArgumentNullException.ThrowIfNull(segments);
        var vtt = new StringBuilder("WEBVTT\n");
        foreach (TranscriptSegment segment in segments)
        {
            long start = Math.Max(0, (long)Math.Round(segment.Start * 1e6));
            long end = Math.Max((long)Math.Round(segment.End * 1e6), start + ShortestUs);
            vtt.Append('\n').Append(Time(start)).Append(" --> ").Append(Time(end)).Append('\n')
                .Append("<v ").Append(Escape(segment.Name)).Append('>').Append(Escape(segment.Text)).Append('\n');
        }

        return vtt.ToString();
    }

    // Cue text ends at a blank line, a voice's name at ">": line ends and control characters become spaces, markup is escaped.
    internal static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            if (char.IsHighSurrogate(letter) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                escaped.Append(letter).Append(text[++i]);
                continue;
            }

            _ = letter switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '\u2028' or '\u2029' => escaped.Append(' '),
                _ when char.IsControl(letter) => escaped.Append(' '),
                _ when char.IsSurrogate(letter) => escaped.Append('\uFFFD'),
                _ => escaped.Append(letter),
            };
        }

        return escaped.ToString().Trim();
    }

    private static string Time(long us)
    {
        long ms = us / 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{ms / 3_600_000:00}:{ms / 60_000 % 60:00}:{ms / 1000 % 60:00}.{ms % 1000:000}");
    }
}

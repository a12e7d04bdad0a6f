using System.Globalization;
using System.Text;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>Reads what is written in a picture: each text that could stand there is drawn by FFmpeg in white on black and laid over what is seen.</summary>
public sealed class DrawnText
{
    /// <summary>What is read where no candidate fits.</summary>
    public const string Unreadable = "?";

    private const double Fits = 0.85;
    private const double Edge = 0.4;
    private readonly IReadOnlyDictionary<string, Glyphs> _candidates;

    private DrawnText(IReadOnlyDictionary<string, Glyphs> candidates) => _candidates = candidates;

    /// <param name="size">Of the font, pixels.</param>
    /// <param name="candidates">What could be written; one run of FFmpeg draws them all.</param>
    public static async Task<DrawnText> OfAsync(int size, params string[] candidates)
    {
        // Even, as FFmpeg makes them anyway.
        int width = 2 * size * (1 + candidates.Max(text => text.Length));
        int height = 4 * size;
        using ScratchDirectory scratch = ScratchDirectory.Create();
        (await FontFile.FindAsync()).CopyTo(scratch.File("font.ttf").FullName);
        var filter = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"color=c=black:s={width}x{height}:r=1:d={candidates.Length}"));
        for (int i = 0; i < candidates.Length; i++)
        {
            await File.WriteAllTextAsync(scratch.File($"{i}.txt").FullName, candidates[i]);
            filter.Append(CultureInfo.InvariantCulture, $",drawtext=fontfile=font.ttf:textfile={i}.txt:expansion=none:fontcolor=white:fontsize={size}:x={size}:y={size}:enable='eq(n,{i})'");
        }

        await Tools.Run.RunAsync(["-f", "lavfi", "-i", filter.ToString(), "-pix_fmt", "gray", "-f", "rawvideo", "-y", "texts"], scratch.Directory);
        byte[] pictures = await File.ReadAllBytesAsync(scratch.File("texts").FullName);
        return new DrawnText(candidates
            .Select((text, i) => (text, glyphs: Glyphs.Find(new ReadOnlySpan<byte>(pictures, i * width * height, width * height), width)!))
            .ToDictionary(pair => pair.text, pair => pair.glyphs, StringComparer.Ordinal));
    }

    /// <summary>The candidate that is written in a place, or <see cref="Unreadable"/> with what comes nearest.</summary>
    public string Read(Decoded decoded, int frame, PixelRect place) => ReadAt(decoded, frame, place).Text;

    /// <summary>The same, and where exactly it is.</summary>
    public (string Text, PixelRect Where) ReadAt(Decoded decoded, int frame, PixelRect place)
    {
        if (Glyphs.Find(decoded.Luma(frame, place), place.Width) is not { } seen)
        {
            return ("", default);
        }

        (string text, double likeness) = _candidates.Select(pair => (pair.Key, Likeness: pair.Value.LikenessTo(seen))).MaxBy(pair => pair.Likeness);
        return (likeness >= Fits ? text : string.Create(CultureInfo.InvariantCulture, $"{Unreadable} {likeness:0.00} {text}"), seen.Where with { X = place.X + seen.Where.X, Y = place.Y + seen.Where.Y });
    }

    // How white each pixel is, 0..1, in the smallest rectangle around what is white.
    private sealed record Glyphs(double[] White, PixelRect Where)
    {
        public static Glyphs? Find(ReadOnlySpan<byte> luma, int width)
        {
            byte[] sorted = luma.ToArray();
            Array.Sort(sorted);

            // The box behind a text is darker than what it lies on.
            double ground = sorted[sorted.Length / 5];
            double[] white = new double[luma.Length];
            (int left, int top, int right, int bottom) = (int.MaxValue, int.MaxValue, -1, -1);
            for (int i = 0; i < luma.Length; i++)
            {
                white[i] = Math.Clamp((luma[i] - ground) / (255 - ground), 0, 1);
                if (white[i] > Edge)
                {
                    (left, right) = (Math.Min(left, i % width), Math.Max(right, i % width));
                    (top, bottom) = (Math.Min(top, i / width), Math.Max(bottom, i / width));
                }
            }

            if (right < 0)
            {
                return null;
            }

            var where = new PixelRect(left, top, right - left + 1, bottom - top + 1);
            return new Glyphs([.. Enumerable.Range(0, where.Width * where.Height).Select(i => white[((top + (i / where.Width)) * width) + left + (i % where.Width)])], where);
        }

        // What both have of all that either has; an edge that is a little paler may be missed on either side.
        public double LikenessTo(Glyphs other)
        {
            double best = 0;
            for (int i = 0; i < 9; i++)
            {
                (int dx, int dy) = ((i % 3) - 1, (i / 3) - 1);
                double both = 0;
                double all = 0;
                for (int y = -1; y <= Math.Max(Where.Height, other.Where.Height); y++)
                {
                    for (int x = -1; x <= Math.Max(Where.Width, other.Where.Width); x++)
                    {
                        (double a, double b) = (At(x, y), other.At(x + dx, y + dy));
                        both += Math.Min(a, b);
                        all += Math.Max(a, b);
                    }
                }

                best = Math.Max(best, both / all);
            }

            return best;
        }

        private double At(int x, int y) => x >= 0 && y >= 0 && x < Where.Width && y < Where.Height ? White[(y * Where.Width) + x] : 0;
    }
}

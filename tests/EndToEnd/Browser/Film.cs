using Recording.EndToEnd.Media;

namespace Recording.EndToEnd.Browser;

/// <summary>A rendered film as small pictures and its sound: who is seen when, flashes and beeps.</summary>
internal sealed class Film
{
    /// <summary>Frames a second of the films that these tests render.</summary>
    public const int FrameRate = 30;

    private const int Width = 64;
    private const int Height = 36;
    private const int FrameBytes = Width * Height * 3;

    // Chroma subsampling and the codecs' quantizers move a flat colour by up to about 40.
    private const int Tolerance = 60;
    private const int White = 190;
    private const int MinimumPixels = 30;

    private readonly byte[] _pixels;
    private readonly float[] _samples;

    private Film(byte[] pixels, float[] samples)
    {
        _pixels = pixels;
        _samples = samples;
    }

    /// <summary>Frames.</summary>
    public int Frames => _pixels.Length / FrameBytes;

    /// <summary>Length of the picture in seconds.</summary>
    public double Seconds => (double)Frames / FrameRate;

    /// <summary>Decodes a file.</summary>
    public static async Task<Film> ReadAsync(string path) => new(await DecodedPicture.RgbAsync(path, Width, Height), await DecodedPicture.SamplesAsync(path));

    /// <summary>Share of the frames between two times (in seconds) that show this colour.</summary>
    public double Shown(int colour, double from, double to)
    {
        int first = Math.Max(0, (int)(from * FrameRate));
        int end = Math.Min(Frames, (int)(to * FrameRate));
        return end <= first ? 0 : (double)Enumerable.Range(first, end - first).Count(frame => CountOf(frame, colour) >= MinimumPixels) / (end - first);
    }

    /// <summary>Stretches of over 0.2 s (a flash lasts 0.1 s) between two times in which this colour is not seen, for messages.</summary>
    public string Gaps(int colour, double from, double to)
    {
        var gaps = new List<string>();
        double last = from;
        for (int frame = FrameAt(from); frame <= FrameAt(to); frame++)
        {
            double at = (double)frame / FrameRate;
            if (CountOf(frame, colour) >= MinimumPixels || frame == FrameAt(to))
            {
                if (at - last > 0.2)
                {
                    gaps.Add($"{last:0.00}-{at:0.00}");
                }

                last = at;
            }
        }

        return string.Join(' ', gaps);
    }

    /// <summary>Whether most of what had this colour at one time is drawn in another colour at another (both in seconds).</summary>
    public bool HasTile(int colour, double at, double later)
    {
        int frame = FrameAt(at);
        int[] pixels = [.. Enumerable.Range(0, Width * Height).Where(pixel => Has(frame, pixel, colour))];
        return pixels.Length >= MinimumPixels && pixels.Count(pixel => IsDrawn(Rgb(FrameAt(later), pixel)) && !Has(FrameAt(later), pixel, colour)) > pixels.Length / 2;
    }

    /// <summary>Times in seconds at which the area of a colour turns white.</summary>
    public List<double> Flashes(int colour)
    {
        var times = new List<double>();
        for (int frame = 1; frame < Frames; frame++)
        {
            (int before, int white) = Turning(frame, colour);
            if (before >= MinimumPixels && white > before / 2)
            {
                times.Add((double)frame / FrameRate);
            }
        }

        return times;
    }

    /// <summary>Times in seconds at which a tone begins.</summary>
    public List<double> Beeps(double pitch) => LipSync.Beeps(_samples, pitch);

    // Between the background (67 in all) and a tile (121).
    private static bool IsDrawn(ReadOnlySpan<byte> rgb) => rgb[0] + rgb[1] + rgb[2] > 94;

    private int FrameAt(double time) => Math.Clamp((int)(time * FrameRate), 0, Frames - 1);

    private int CountOf(int frame, int colour)
    {
        int count = 0;
        for (int pixel = 0; pixel < Width * Height; pixel++)
        {
            count += Has(frame, pixel, colour) ? 1 : 0;
        }

        return count;
    }

    private (int Before, int White) Turning(int frame, int colour)
    {
        int before = 0;
        int white = 0;
        for (int pixel = 0; pixel < Width * Height; pixel++)
        {
            if (Has(frame - 1, pixel, colour))
            {
                before++;
                ReadOnlySpan<byte> now = Rgb(frame, pixel);
                white += now[0] >= White && now[1] >= White && now[2] >= White ? 1 : 0;
            }
        }

        return (before, white);
    }

    private bool Has(int frame, int pixel, int colour)
    {
        ReadOnlySpan<byte> rgb = Rgb(frame, pixel);
        return Math.Abs(rgb[0] - ((colour >> 16) & 0xFF)) < Tolerance && Math.Abs(rgb[1] - ((colour >> 8) & 0xFF)) < Tolerance && Math.Abs(rgb[2] - (colour & 0xFF)) < Tolerance;
    }

    private ReadOnlySpan<byte> Rgb(int frame, int pixel) => _pixels.AsSpan((frame * FrameBytes) + (pixel * 3), 3);
}

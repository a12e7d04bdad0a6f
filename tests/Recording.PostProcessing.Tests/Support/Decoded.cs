using System.Runtime.InteropServices;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>An output as anyone would see and hear it: decoded pictures and samples.</summary>
public sealed class Decoded
{
    private const int Near = 30;
    private const int Clear = 48;
    private static readonly (string Name, int Red, int Green, int Blue)[] _named =
    [
        ("red", 255, 0, 0), ("lime", 0, 255, 0), ("blue", 0, 0, 255), ("yellow", 255, 255, 0), ("magenta", 255, 0, 255), ("cyan", 0, 255, 255), ("white", 255, 255, 255), ("black", 0, 0, 0),
    ];

    private readonly byte[] _video;
    private readonly short[] _audio;
    private readonly int _width;
    private readonly int _frameSize;
    private readonly int _frameRate;

    private Decoded(byte[] video, short[] audio, int width, int height, int frameRate)
    {
        _video = video;
        _audio = audio;
        _width = width;
        _frameSize = width * height * 3;
        _frameRate = frameRate;
    }

    public int Frames => _video.Length / _frameSize;

    public double AudioSeconds => _audio.Length / 48_000.0;

    public static async Task<Decoded> ReadAsync(FileInfo file, int width, int height, int frameRate)
    {
        using ScratchDirectory scratch = ScratchDirectory.Create();
        await Tools.Run.RunAsync(["-i", file.FullName, "-map", "0:v", "-fps_mode", "passthrough", "-pix_fmt", "rgb24", "-f", "rawvideo", "-y", "video"], scratch.Directory);
        return new Decoded(await File.ReadAllBytesAsync(scratch.File("video").FullName), await SamplesAsync(file), width, height, frameRate);
    }

    /// <summary>The sound alone: 48 kHz, mono.</summary>
    public static async Task<short[]> SamplesAsync(FileInfo file)
    {
        using ScratchDirectory scratch = ScratchDirectory.Create();
        await Tools.Run.RunAsync(["-i", file.FullName, "-map", "0:a", "-ac", "1", "-ar", "48000", "-f", "s16le", "-y", "audio"], scratch.Directory);
        return MemoryMarshal.Cast<byte, short>(await File.ReadAllBytesAsync(scratch.File("audio").FullName)).ToArray();
    }

    /// <summary>red, green, blue, white, black or other, at a time and place.</summary>
    public string ColourAt(double seconds, int x, int y) => Colour((int)(seconds * _frameRate), x, y);

    /// <summary>One of eight pure colours, or what it is as <c>#rrggbb</c>, of a pixel of a frame.</summary>
    public string PixelAt(int frame, int x, int y)
    {
        ReadOnlySpan<byte> pixel = Pixel(frame, x, y);
        foreach ((string name, int red, int green, int blue) in _named)
        {
            if (Math.Abs(pixel[0] - red) <= Near && Math.Abs(pixel[1] - green) <= Near && Math.Abs(pixel[2] - blue) <= Near)
            {
                return name;
            }
        }

        return $"#{pixel[0]:x2}{pixel[1]:x2}{pixel[2]:x2}";
    }

    /// <summary>Whether a pixel has a colour of 24 bits, give or take what coding costs.</summary>
    public bool HasColour(int frame, int x, int y, int colour)
    {
        ReadOnlySpan<byte> pixel = Pixel(frame, x, y);
        return Math.Abs(pixel[0] - (colour >> 16)) <= 8 && Math.Abs(pixel[1] - ((colour >> 8) & 0xFF)) <= 8 && Math.Abs(pixel[2] - (colour & 0xFF)) <= 8;
    }

    /// <summary>Where a frame of one picture is not as a frame of another, within a rectangle.</summary>
    public List<(int X, int Y)> Differing(int frame, Decoded other, int otherFrame, PixelRect within)
    {
        List<(int X, int Y)> differing = [];
        for (int y = within.Y; y < within.Y + within.Height; y++)
        {
            for (int x = within.X; x < within.X + within.Width; x++)
            {
                ReadOnlySpan<byte> a = Pixel(frame, x, y);
                ReadOnlySpan<byte> b = other.Pixel(otherFrame, x, y);
                if (Math.Abs(a[0] - b[0]) > Clear || Math.Abs(a[1] - b[1]) > Clear || Math.Abs(a[2] - b[2]) > Clear)
                {
                    differing.Add((x, y));
                }
            }
        }

        return differing;
    }

    /// <summary>Brightness of a rectangle, row by row, 0..255.</summary>
    public byte[] Luma(int frame, PixelRect place) =>
        [.. Enumerable.Range(0, place.Width * place.Height).Select(i => (byte)LumaOf(frame, place.X + (i % place.Width), place.Y + (i / place.Width)))];

    /// <summary>How loud a tone is within a stretch of sound, 0..1 of full scale (Goertzel, 1958).</summary>
    public double Tone(double hertz, double from, double to) => ToneOf(_audio.AsSpan((int)(from * 48_000), (int)((to - from) * 48_000)), hertz);

    /// <summary>The same of samples at 48 kHz.</summary>
    public static double ToneOf(ReadOnlySpan<short> samples, double hertz)
    {
        double turn = 2 * Math.Cos(2 * Math.PI * hertz / 48_000);
        (double last, double before) = (0, 0);
        foreach (short sample in samples)
        {
            (last, before) = (sample + (turn * last) - before, last);
        }

        return 2 * Math.Sqrt((last * last) + (before * before) - (turn * last * before)) / samples.Length / 32_768;
    }

    /// <summary>Times at which a place turns white, seconds.</summary>
    public List<double> Flashes(int x, int y)
    {
        List<double> times = [];
        for (int frame = 0; frame < Frames; frame++)
        {
            if (Colour(frame, x, y) == "white" && (frame == 0 || Colour(frame - 1, x, y) != "white"))
            {
                times.Add((double)frame / _frameRate);
            }
        }

        return times;
    }

    /// <summary>Times at which sound begins after at least 0.3 s of silence, or as many samples of it as are given, seconds.</summary>
    public List<double> Beeps(int threshold = 2000, int silence = 14_400) => BeepsOf(_audio, threshold, silence);

    /// <summary>The same of 48 kHz mono samples of 16 bits, where 0.1 s of silence are enough.</summary>
    public static List<double> BeepsOf(byte[] samples) => BeepsOf(MemoryMarshal.Cast<byte, short>(samples), 2000, 4800);

    private static List<double> BeepsOf(ReadOnlySpan<short> audio, int threshold, int silence)
    {
        List<double> times = [];
        int silent = 48_000;
        for (int i = 0; i < audio.Length; i++)
        {
            if (Math.Abs((int)audio[i]) < threshold)
            {
                silent++;
                continue;
            }

            if (silent >= silence)
            {
                times.Add(i / 48_000.0);
            }

            silent = 0;
        }

        return times;
    }

    /// <summary>Brightness of a place, 0..255.</summary>
    public int LumaOf(int frame, int x, int y)
    {
        ReadOnlySpan<byte> pixel = Pixel(frame, x, y);
        return ((299 * pixel[0]) + (587 * pixel[1]) + (114 * pixel[2])) / 1000;
    }

    /// <summary>Largest difference between two neighbouring samples of a stretch.</summary>
    public int LargestStep(double from, double to)
    {
        int largest = 0;
        for (int i = (int)(from * 48_000) + 1; i < (int)(to * 48_000); i++)
        {
            largest = Math.Max(largest, Math.Abs(_audio[i] - _audio[i - 1]));
        }

        return largest;
    }

    /// <summary>Loudest sample of a stretch, 0..32768.</summary>
    public int Peak(double from, double to) => _audio.AsSpan((int)(from * 48_000), (int)((to - from) * 48_000)).ToArray().Max(sample => Math.Abs((int)sample));

    /// <summary>Pitch of a stretch that holds one tone, Hz.</summary>
    public double Pitch(double from, double to)
    {
        ReadOnlySpan<short> samples = _audio.AsSpan((int)(from * 48_000), (int)((to - from) * 48_000));
        int crossings = 0;
        for (int i = 1; i < samples.Length; i++)
        {
            crossings += samples[i - 1] < 0 && samples[i] >= 0 ? 1 : 0;
        }

        return crossings / (to - from);
    }

    /// <summary>How many distinct colours a rectangle shows; over a few means that something is drawn.</summary>
    public int Colours(double seconds, int x, int y, int width, int height)
    {
        HashSet<int> seen = [];
        int frame = (int)(seconds * _frameRate) * _frameSize;
        for (int row = y; row < y + height; row++)
        {
            for (int column = x; column < x + width; column++)
            {
                ReadOnlySpan<byte> pixel = _video.AsSpan(frame + (((row * _width) + column) * 3), 3);
                seen.Add((pixel[0] << 16) | (pixel[1] << 8) | pixel[2]);
            }
        }

        return seen.Count;
    }

    private string Colour(int frame, int x, int y)
    {
        ReadOnlySpan<byte> pixel = Pixel(frame, x, y);
        return (pixel[0] > 170, pixel[1] > 170, pixel[2] > 170) switch
        {
            (true, true, true) => "white",
            (true, false, false) => "red",
            (false, true, false) => "green",
            (false, false, true) => "blue",
            _ => pixel[0] < 40 && pixel[1] < 40 && pixel[2] < 40 ? "black" : "other",
        };
    }

    private ReadOnlySpan<byte> Pixel(int frame, int x, int y) => _video.AsSpan((frame * _frameSize) + (((y * _width) + x) * 3), 3);
}

using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Outputs;

/// <summary>A small canvas of RGBA pixels with smooth edges, for what FFmpeg cannot draw: circles and signs.</summary>
internal sealed class Raster
{
    private readonly byte[] _pixels;

    /// <summary>All transparent.</summary>
    public Raster(int width, int height)
    {
        Width = width;
        Height = height;
        _pixels = new byte[width * height * 4];
    }

    /// <summary>Pixels.</summary>
    public int Width { get; }

    /// <summary>Pixels.</summary>
    public int Height { get; }

    /// <summary>Red, green, blue, alpha; row by row.</summary>
    public byte[] Pixels => _pixels;

    /// <summary>Fills a rectangle.</summary>
    public void Fill(PixelRect rect, int colour)
    {
        for (int y = Math.Max(0, rect.Y); y < Math.Min(Height, rect.Y + rect.Height); y++)
        {
            for (int x = Math.Max(0, rect.X); x < Math.Min(Width, rect.X + rect.Width); x++)
            {
                Blend(x, y, colour, 1);
            }
        }
    }

    /// <summary>Fills a circle.</summary>
    public void Circle(double centreX, double centreY, double radius, int colour, double opacity = 1) =>
        Capsule(centreX, centreY, centreX, centreY, radius, colour, opacity);

    /// <summary>Fills all within <paramref name="radius"/> of a line.</summary>
    public void Capsule(double x1, double y1, double x2, double y2, double radius, int colour, double opacity = 1)
    {
        double dx = x2 - x1;
        double dy = y2 - y1;
        double length = Math.Max(1e-9, (dx * dx) + (dy * dy));
        Each(Math.Min(x1, x2) - radius, Math.Min(y1, y2) - radius, Math.Max(x1, x2) + radius, Math.Max(y1, y2) + radius, (x, y) =>
        {
            double along = Math.Clamp((((x - x1) * dx) + ((y - y1) * dy)) / length, 0, 1);
            double distance = Math.Sqrt(Square(x - x1 - (along * dx)) + Square(y - y1 - (along * dy)));
            return (radius - distance + 0.5, colour, opacity);
        });
    }

    /// <summary>Draws the lower half of a ring.</summary>
    public void Bowl(double centreX, double centreY, double radius, double thickness, int colour) =>
        Each(centreX - radius - thickness, centreY, centreX + radius + thickness, centreY + radius + thickness, (x, y) =>
        {
            double distance = Math.Abs(Math.Sqrt(Square(x - centreX) + Square(y - centreY)) - radius);
            return ((thickness / 2) - distance + 0.5, colour, 1);
        });

    private static double Square(double value) => value * value;

    private void Each(double left, double top, double right, double bottom, Func<double, double, (double Cover, int Colour, double Opacity)> at)
    {
        for (int y = Math.Max(0, (int)top); y < Math.Min(Height, (int)bottom + 2); y++)
        {
            for (int x = Math.Max(0, (int)left); x < Math.Min(Width, (int)right + 2); x++)
            {
                (double cover, int colour, double opacity) = at(x + 0.5, y + 0.5);
                Blend(x, y, colour, Math.Clamp(cover, 0, 1) * opacity);
            }
        }
    }

    private void Blend(int x, int y, int colour, double alpha)
    {
        if (alpha <= 0)
        {
            return;
        }

        Span<byte> pixel = _pixels.AsSpan(((y * Width) + x) * 4, 4);
        double below = pixel[3] / 255.0 * (1 - alpha);
        double all = alpha + below;
        for (int i = 0; i < 3; i++)
        {
            int value = (colour >> (16 - (8 * i))) & 0xFF;
            pixel[i] = (byte)Math.Round(((value * alpha) + (pixel[i] * below)) / all);
        }

        pixel[3] = (byte)Math.Round(all * 255);
    }
}

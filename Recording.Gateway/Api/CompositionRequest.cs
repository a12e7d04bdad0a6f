using System.Text.Json;
using Recording.Model;

namespace Recording.Gateway.Api;

/// <summary>A wish for a composite; zero or empty = the default.</summary>
/// <param name="Layout">grid.</param>
/// <param name="Format">mp4.</param>
/// <param name="Width">Pixels, even, 16..4096; default 1280.</param>
/// <param name="Height">Pixels, even, 16..4096; default 720.</param>
/// <param name="FrameRate">Frames per second, 1..60; default 30.</param>
public sealed record CompositionRequest(string Layout, string Format, int Width, int Height, int FrameRate)
{
    /// <summary>How the parameters of a job are written.</summary>
    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>With its defaults filled in.</summary>
    /// <exception cref="RecordingException">1003 for a value out of range.</exception>
    public CompositionRequest Normalized()
    {
        CompositionRequest full = new(
            Layout.Length == 0 ? "grid" : Layout,
            Format.Length == 0 ? "mp4" : Format,
            Width == 0 ? 1280 : Width,
            Height == 0 ? 720 : Height,
            FrameRate == 0 ? 30 : FrameRate);
        Require(full.Layout == "grid", "layout", full.Layout, "grid");
        Require(full.Format == "mp4", "format", full.Format, "mp4");
        Require(full.Width is >= 16 and <= 4096 && full.Width % 2 == 0, "width", full.Width, "an even number from 16 to 4096");
        Require(full.Height is >= 16 and <= 4096 && full.Height % 2 == 0, "height", full.Height, "an even number from 16 to 4096");
        Require(full.FrameRate is >= 1 and <= 60, "frame_rate", full.FrameRate, "a number from 1 to 60");
        return full;
    }

    private static void Require(bool holds, string field, object value, string expected)
    {
        if (!holds)
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"{field} is '{value}'; it must be {expected}.");
        }
    }
}

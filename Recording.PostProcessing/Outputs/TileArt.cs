using System.Text;
using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Outputs;

/// <summary>Paints what lies under the videos: tiles with a coloured disc for initials; and the sign of a closed microphone. Pure.</summary>
internal static class TileArt
{
    /// <summary>Of a tile, 24 bits.</summary>
    public const int TileColour = 0x24272E;

    private const int SignColour = 0xE5484D;
    private const int White = 0xFFFFFF;
    private static readonly int[] _discs = [0x3B6FB6, 0x6E56CF, 0xA2478F, 0x2F8068, 0x8A6A2F, 0x4A6274, 0x96433F, 0x3C7A8C];

    /// <summary>Diameter of the disc of a tile, pixels.</summary>
    public static int Disc(PixelRect rect) => Math.Min(rect.Width, rect.Height) * 45 / 100;

    /// <summary>Side of the microphone's sign on a tile, pixels; 0 = the tile is too small for one.</summary>
    public static int Sign(PixelRect rect)
    {
        int side = TileGrid.Even(Math.Clamp(Math.Min(rect.Width, rect.Height) / 8, 14, 40));
        return Math.Min(rect.Width, rect.Height) >= 3 * side ? side : 0;
    }

    /// <summary>The tiles on a transparent canvas.</summary>
    public static Raster Tiles(Canvas canvas, IReadOnlyList<SceneRegion> regions)
    {
        var raster = new Raster(canvas.Width, canvas.Height);
        foreach (SceneRegion region in regions)
        {
            PixelRect rect = region.Rect;
            raster.Fill(rect, TileColour);
            raster.Circle(rect.X + (rect.Width / 2.0), rect.Y + (rect.Height / 2.0), Disc(rect) / 2.0, DiscColour(region.ParticipantId));
        }

        return raster;
    }

    /// <summary>A struck-through microphone on a red disc.</summary>
    public static Raster MicrophoneOff(int side)
    {
        var raster = new Raster(side, side);
        double unit = side / 24.0;
        double centre = side / 2.0;
        raster.Circle(centre, centre, centre - 0.5, SignColour);
        raster.Capsule(centre, 7.6 * unit, centre, 11 * unit, 2.3 * unit, White);
        raster.Bowl(centre, 11 * unit, 4.4 * unit, 1.4 * unit, White);
        raster.Capsule(centre, 15.4 * unit, centre, 18 * unit, 0.7 * unit, White);
        raster.Capsule(7 * unit, 6.4 * unit, 17.4 * unit, 17.4 * unit, 1.9 * unit, SignColour);
        raster.Capsule(7 * unit, 6.4 * unit, 17.4 * unit, 17.4 * unit, 0.8 * unit, White);
        return raster;
    }

    // FNV-1a: the same participant has the same colour in every chunk and on every machine.
    private static int DiscColour(string participantId)
    {
        uint hash = 2166136261;
        foreach (byte b in Encoding.UTF8.GetBytes(participantId))
        {
            hash = (hash ^ b) * 16777619;
        }

        return _discs[(int)(hash % (uint)_discs.Length)];
    }
}

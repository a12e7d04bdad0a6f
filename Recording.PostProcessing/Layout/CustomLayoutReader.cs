using System.Globalization;
using System.Text.Json;
using Recording.PostProcessing.Specs;

namespace Recording.PostProcessing.Layout;

/// <summary>Reads a custom layout from JSON; every problem is noted with the path of its field.</summary>
internal static class CustomLayoutReader
{
    private const int MostRegions = 64;
    private const int MostPatterns = 64;
    private const int LargestPixels = 4096;
    private const int LargestZ = 1000;

    /// <summary>Reads one; null when there is a problem.</summary>
    /// <param name="element">The JSON object.</param>
    /// <param name="path">Where it is in the specification.</param>
    /// <param name="canvas">Regions must lie inside.</param>
    /// <param name="problems">Gets what is wrong.</param>
    public static CustomLayout? Read(JsonElement element, string path, Canvas canvas, List<string> problems)
    {
        int before = problems.Count;
        if (SpecObject.Open(element, path, problems) is not { } root)
        {
            return null;
        }

        IReadOnlyList<(string Path, JsonElement Value)> items = root.Items("regions", MostRegions);
        if (items.Count == 0 && problems.Count == before)
        {
            root.Problem("regions", "expected at least one region");
        }

        root.TryGet("$schema", out _);
        root.Close();
        List<LayoutRegion> regions = [];
        foreach ((string itemPath, JsonElement value) in items)
        {
            if (ReadRegion(value, itemPath, canvas, problems) is { } region)
            {
                regions.Add(region);
            }
        }

        return problems.Count == before ? new CustomLayout(regions, JsonSerializer.Serialize(element)) : null;
    }

    private static LayoutRegion? ReadRegion(JsonElement element, string path, Canvas canvas, List<string> problems)
    {
        int before = problems.Count;
        if (SpecObject.Open(element, path, problems) is not { } spec)
        {
            return null;
        }

        spec.Text("name", longest: 100);
        var region = new LayoutRegion
        {
            X = Length(spec, "x", new LayoutLength(0, false)),
            Y = Length(spec, "y", new LayoutLength(0, false)),
            Width = Length(spec, "width", new LayoutLength(100, true)),
            Height = Length(spec, "height", new LayoutLength(100, true)),
            Z = spec.Whole("z", -LargestZ, LargestZ) ?? 0,
            Sources = Patterns(spec, problems),
            Order = Word<SourceOrder>(spec, "order"),
            Reuse = Word<CellReuse>(spec, "reuse"),
            MaxColumns = spec.Whole("max_columns", 1, LayoutRegion.MostCells) ?? 0,
            MaxRows = spec.Whole("max_rows", 1, LayoutRegion.MostCells) ?? 0,
            CellsExcluded = Excluded(spec, problems),
            Fit = spec.TryGet("fit", out _) ? Word<FitMode>(spec, "fit") : null,
            Labels = spec.Flag("labels", true),
            Initials = spec.Flag("initials", true),
        };
        spec.Close();
        if (problems.Count == before)
        {
            CheckPlace(spec, region, canvas);
            CheckCells(spec, region);
        }

        return problems.Count == before ? region : null;
    }

    private static void CheckPlace(SpecObject spec, LayoutRegion region, Canvas canvas)
    {
        PixelRect place = region.Place(canvas);
        Check("width", place.X, place.Width, canvas.Width);
        Check("height", place.Y, place.Height, canvas.Height);

        void Check(string name, int start, int length, int whole)
        {
            if (length < 16)
            {
                spec.Problem(name, $"expected at least 16 pixels, found {length}");
            }
            else if (start + length > whole)
            {
                spec.Problem(name, $"the region ends at pixel {start + length}, beyond the picture's {whole}");
            }
        }
    }

    private static void CheckCells(SpecObject spec, LayoutRegion region)
    {
        if (region.CellsExcluded.Count == 0)
        {
            return;
        }

        int cells = region.MaxColumns * region.MaxRows;
        if (cells == 0)
        {
            spec.Problem("cells_excluded", "max_columns and max_rows must say which cells there are");
        }
        else if (region.CellsExcluded.Any(cell => cell >= cells))
        {
            spec.Problem("cells_excluded", $"expected cells from 0 to {cells - 1}, found {region.CellsExcluded.Max()}");
        }
        else if (region.CellsExcluded.Count >= cells)
        {
            spec.Problem("cells_excluded", "no cell is left");
        }
    }

    private static List<SourcePattern> Patterns(SpecObject spec, List<string> problems)
    {
        List<SourcePattern> patterns = [];
        if (!spec.TryGet("sources", out _))
        {
            spec.Problem("sources", $"expected an array of {SourcePattern.Grammar}");
            return patterns;
        }

        int before = problems.Count;
        foreach ((string path, JsonElement value) in spec.Items("sources", MostPatterns))
        {
            string text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
            if (text.Length is > 0 and <= 300 && SourcePattern.Parse(text) is { } pattern)
            {
                patterns.Add(pattern);
            }
            else
            {
                problems.Add($"{path}: expected {SourcePattern.Grammar}, found {SpecObject.Quote(value.GetRawText())}");
            }
        }

        if (problems.Count == before && !patterns.Exists(pattern => !pattern.IsExclusion))
        {
            spec.Problem("sources", "nothing is taken, only left out");
        }

        return patterns;
    }

    private static List<int> Excluded(SpecObject spec, List<string> problems)
    {
        List<int> cells = [];
        foreach ((string path, JsonElement value) in spec.Items("cells_excluded", LayoutRegion.MostCells))
        {
            if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int cell) && cell >= 0 && !cells.Contains(cell))
            {
                cells.Add(cell);
            }
            else
            {
                problems.Add($"{path}: expected a cell number from 0, once, found {SpecObject.Quote(value.GetRawText())}");
            }
        }

        return cells;
    }

    private static T Word<T>(SpecObject spec, string name)
        where T : struct, Enum
    {
        string[] words = [.. Enum.GetNames<T>().Select(word => word.ToLowerInvariant())];
        return Enum.Parse<T>(spec.Choice(name, words[0], words), ignoreCase: true);
    }

    private static LayoutLength Length(SpecObject spec, string name, LayoutLength fallback)
    {
        if (!spec.TryGet(name, out JsonElement value))
        {
            return fallback;
        }

        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int pixels) && pixels is >= 0 and <= LargestPixels)
        {
            return new LayoutLength(pixels, false);
        }

        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 1 and < 20 } text && text[^1] == '%'
            && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) && percent is >= 0 and <= 100)
        {
            return new LayoutLength(percent, true);
        }

        spec.Problem(name, $"expected pixels from 0 to {LargestPixels} or a text from \"0%\" to \"100%\", found {SpecObject.Quote(value.GetRawText())}");
        return fallback;
    }
}

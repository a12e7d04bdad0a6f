namespace Recording.PostProcessing.Layout;

/// <summary>Regions as a JSON document describes them (docs/schemas/layout.schema.json). Each source is shown once: by the first region that wants it and has a cell left.</summary>
public sealed class CustomLayout : ILayout
{
    /// <param name="regions">In order of choice.</param>
    /// <param name="json">The document, compact.</param>
    public CustomLayout(IReadOnlyList<LayoutRegion> regions, string json)
    {
        Regions = regions;
        Json = json;
        FollowsSpeaker = regions.Any(region => region.Order == SourceOrder.Speaker || region.Sources.Any(source => source.Kind == "speaker"));
    }

    /// <inheritdoc />
    public string Name => "custom";

    /// <inheritdoc />
    public bool FollowsSpeaker { get; }

    /// <summary>In order of choice.</summary>
    public IReadOnlyList<LayoutRegion> Regions { get; }

    /// <summary>The document, compact.</summary>
    public string Json { get; }

    /// <inheritdoc />
    public int CountPages(Stage stage, Canvas canvas) => 1;

    /// <inheritdoc />
    public IReadOnlyList<SceneRegion> Arrange(Stage stage, Canvas canvas, int page)
    {
        HashSet<string> taken = new(StringComparer.Ordinal);
        HashSet<string> owned = new(StringComparer.Ordinal);
        List<SceneRegion> tiles = [];
        foreach (LayoutRegion region in Regions)
        {
            IReadOnlyList<(StageSource Source, int Cell, int Cells)> cells = region.Reuse == CellReuse.None
                ? Owners(region, stage, taken, owned)
                : Chosen(region, stage, taken);
            PixelRect area = region.Place(canvas);
            foreach ((StageSource source, int cell, int count) in cells)
            {
                taken.Add(source.Key);
                tiles.Add(SceneRegion.Of(source, CellOf(region, area, cell, count), region.Z) with
                {
                    Fit = region.Fit,
                    Label = region.Labels ? SceneRegion.Of(source, area).Label : "",
                });
            }
        }

        return tiles;
    }

    private static IReadOnlyList<(StageSource Source, int Cell, int Cells)> Chosen(LayoutRegion region, Stage stage, HashSet<string> taken)
    {
        StageSource? speaker = stage.MainPerson();
        List<(StageSource Source, int Rank)> wanted = [.. stage.Sources
            .Where(source => !taken.Contains(source.Key))
            .Select(source => (source, Rank(region, source, speaker)))
            .Where(pair => pair.Item2 >= 0)];
        IEnumerable<(StageSource Source, int Rank)> first = wanted.OrderBy(pair => pair.Rank);
        first = region.Reuse == CellReuse.Newest
            ? ((IOrderedEnumerable<(StageSource Source, int Rank)>)first).ThenByDescending(pair => pair.Source.SinceUs)
            : ((IOrderedEnumerable<(StageSource Source, int Rank)>)first).ThenBy(pair => pair.Source.SinceUs);
        List<(StageSource Source, int Rank)> shown = [.. first.Take(region.Capacity)];
        IEnumerable<StageSource> ordered = region.Order switch
        {
            SourceOrder.Name => shown.OrderBy(pair => pair.Rank).ThenBy(pair => pair.Source.DisplayName, StringComparer.Ordinal).Select(pair => pair.Source),
            SourceOrder.Speaker => shown.OrderBy(pair => pair.Rank).ThenBy(pair => pair.Source.Key == speaker?.Key ? 0 : 1).ThenBy(pair => pair.Source.SinceUs).Select(pair => pair.Source),
            _ => shown.OrderBy(pair => pair.Rank).ThenBy(pair => pair.Source.SinceUs).Select(pair => pair.Source),
        };
        return [.. ordered.Select((source, i) => (source, i, shown.Count))];
    }

    // Cells are dealt out once, in order of first appearance in the whole recording.
    private static List<(StageSource Source, int Cell, int Cells)> Owners(LayoutRegion region, Stage stage, HashSet<string> taken, HashSet<string> owned)
    {
        string[] owners = [.. stage.Everyone
            .Where(source => !owned.Contains(source.Key) && Rank(region, source, null) >= 0)
            .Select(source => source.Key)
            .Distinct(StringComparer.Ordinal)
            .Take(region.Capacity)];
        owned.UnionWith(owners);
        List<(StageSource Source, int Cell, int Cells)> cells = [];
        foreach (StageSource source in stage.Sources.Where(source => !taken.Contains(source.Key) && Rank(region, source, null) >= 0))
        {
            int cell = Array.IndexOf(owners, source.Key);
            if (cell >= 0)
            {
                cells.Add((source, cell, owners.Length));
            }
        }

        return cells;
    }

    // Place among the region's patterns; -1 = not wanted.
    private static int Rank(LayoutRegion region, StageSource source, StageSource? speaker)
    {
        if ((source.TrackId is null && !region.Initials) || region.Sources.Any(pattern => pattern.IsExclusion && pattern.Matches(source, speaker)))
        {
            return -1;
        }

        for (int i = 0; i < region.Sources.Count; i++)
        {
            if (!region.Sources[i].IsExclusion && region.Sources[i].Matches(source, speaker))
            {
                return i;
            }
        }

        return -1;
    }

    private static PixelRect CellOf(LayoutRegion region, PixelRect area, int cell, int count)
    {
        if (region.CellsExcluded.Count == 0)
        {
            return TileGrid.Place(count, area, region.MaxColumns, region.MaxRows)[cell];
        }

        int[] free = [.. Enumerable.Range(0, region.MaxColumns * region.MaxRows).Except(region.CellsExcluded)];
        return TileGrid.FixedCell(area, region.MaxColumns, region.MaxRows, free[cell]);
    }
}

namespace Recording.PostProcessing.Layout;

/// <summary>A rectangle of a custom layout and what may stand in it.</summary>
public sealed record LayoutRegion
{
    /// <summary>Most cells of a region.</summary>
    public const int MostCells = GridLayout.TilesPerPage;

    /// <summary>Left edge.</summary>
    public required LayoutLength X { get; init; }

    /// <summary>Top edge.</summary>
    public required LayoutLength Y { get; init; }

    /// <summary>Width.</summary>
    public required LayoutLength Width { get; init; }

    /// <summary>Height.</summary>
    public required LayoutLength Height { get; init; }

    /// <summary>Higher covers lower.</summary>
    public int Z { get; init; }

    /// <summary>Which sources, the most wanted first.</summary>
    public required IReadOnlyList<SourcePattern> Sources { get; init; }

    /// <summary>Order of sources of the same pattern.</summary>
    public SourceOrder Order { get; init; }

    /// <summary>Who gets the cells when there are too few.</summary>
    public CellReuse Reuse { get; init; }

    /// <summary>0 = any.</summary>
    public int MaxColumns { get; init; }

    /// <summary>0 = any.</summary>
    public int MaxRows { get; init; }

    /// <summary>Cells of the grid of <see cref="MaxColumns"/> x <see cref="MaxRows"/> that stay empty, numbered row by row from 0.</summary>
    public IReadOnlyList<int> CellsExcluded { get; init; } = [];

    /// <summary>How pictures fill their cells; null = as the composition says.</summary>
    public FitMode? Fit { get; init; }

    /// <summary>Draw names.</summary>
    public bool Labels { get; init; } = true;

    /// <summary>Show who has no picture, by initials.</summary>
    public bool Initials { get; init; } = true;

    /// <summary>How many sources it can show.</summary>
    public int Capacity
    {
        get
        {
            int columns = MaxColumns > 0 ? MaxColumns : MostCells;
            int rows = MaxRows > 0 ? MaxRows : MostCells;
            return Math.Min(MostCells, (columns * rows) - CellsExcluded.Count);
        }
    }

    /// <summary>Where it is.</summary>
    public PixelRect Place(Canvas canvas) => new(X.Resolve(canvas.Width), Y.Resolve(canvas.Height), Width.Resolve(canvas.Width), Height.Resolve(canvas.Height));
}

namespace Recording.PostProcessing.Layout;

/// <summary>Who gets the cells of a region when there are more sources than cells.</summary>
public enum CellReuse
{
    /// <summary>Those who have been there longest; a cell that becomes free goes to who waited longest.</summary>
    Oldest,

    /// <summary>Those who came last.</summary>
    Newest,

    /// <summary>A cell belongs to the first source that got it, for the whole recording; it stays empty while that source is away.</summary>
    None,
}

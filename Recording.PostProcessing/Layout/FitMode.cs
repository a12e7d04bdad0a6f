namespace Recording.PostProcessing.Layout;

/// <summary>How a picture of another shape fills its rectangle.</summary>
public enum FitMode
{
    /// <summary>Whole picture, with bars.</summary>
    Contain,

    /// <summary>Whole rectangle, edges cut off.</summary>
    Cover,
}

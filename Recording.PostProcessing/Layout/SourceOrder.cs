namespace Recording.PostProcessing.Layout;

/// <summary>In which order the sources of one pattern stand in a region.</summary>
public enum SourceOrder
{
    /// <summary>As they came.</summary>
    Joined,

    /// <summary>By display name.</summary>
    Name,

    /// <summary>Who has the floor first, then as they came.</summary>
    Speaker,
}

namespace Recording.Media.TrackFiles;

/// <summary>What a <see cref="TrackFileReader"/> stands on.</summary>
public enum TrackItemKind
{
    /// <summary>Nothing: before the first or behind the last item.</summary>
    None,

    /// <summary>The start of a section.</summary>
    Section,

    /// <summary>A block of any kind, checksums verified.</summary>
    Block,

    /// <summary>A footer.</summary>
    Footer,
}

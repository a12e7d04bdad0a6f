namespace Recording.Grains.Links;

/// <summary>Settings of link grains.</summary>
public sealed class SfuLinkOptions
{
    /// <summary>How long a lease holds without renewal.</summary>
    public TimeSpan LeaseTtl { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a gateway that attached counts as there; it attaches each 5 s.</summary>
    public TimeSpan AttachTtl { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a room that has no directive for the link is not asked again.</summary>
    public TimeSpan AskAgain { get; set; } = TimeSpan.FromSeconds(60);
}

namespace Recording.Model.Documents;

/// <summary>The <c>features</c> of a room policy.</summary>
public sealed record PolicyFeatures
{
    /// <summary>Recording.</summary>
    public required RecordingFeature Recording { get; init; }
}

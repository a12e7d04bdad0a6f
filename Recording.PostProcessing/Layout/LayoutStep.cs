namespace Recording.PostProcessing.Layout;

/// <summary>What holds from a moment on.</summary>
/// <param name="AtUs">Recording time, µs since the origin.</param>
/// <param name="Layout">The layout.</param>
/// <param name="PinnedId">Who is pinned; null = nobody.</param>
/// <param name="Muted">Tracks that are neither seen nor heard.</param>
public sealed record LayoutStep(long AtUs, ILayout Layout, string? PinnedId, IReadOnlySet<string> Muted);

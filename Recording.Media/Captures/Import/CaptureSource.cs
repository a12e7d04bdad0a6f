namespace Recording.Media.Captures.Import;

/// <summary>A capture to be imported.</summary>
/// <param name="Name">For messages, and to tell whose it is when nothing else does: the file's name without folder and extension.</param>
/// <param name="Open">Opens it from its start; called twice.</param>
/// <param name="Sessions">The SDPs that were spoken with it; each is one peer's unless its sources say otherwise.</param>
public sealed record CaptureSource(string Name, Func<Stream> Open, IReadOnlyList<IReadOnlyList<SdpMediaDescription>> Sessions)
{
    /// <summary>See <see cref="CaptureReader.SnapLength"/>.</summary>
    public int SnapLength { get; init; }
}

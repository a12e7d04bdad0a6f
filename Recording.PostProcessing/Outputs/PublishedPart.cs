namespace Recording.PostProcessing.Outputs;

/// <summary>A stored file that belongs to another one.</summary>
/// <param name="Name">Relative to that one's folder.</param>
/// <param name="Bytes">Bytes.</param>
/// <param name="Sha256">Lower-case hex.</param>
public sealed record PublishedPart(string Name, long Bytes, string Sha256);

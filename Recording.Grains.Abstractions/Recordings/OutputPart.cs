namespace Recording.Grains.Abstractions.Recordings;

/// <summary>A file that belongs to an output: a segment of an HLS package, a sheet of sprites.</summary>
/// <param name="Name">Relative to the folder of the output's file.</param>
/// <param name="Bytes">Bytes.</param>
/// <param name="Sha256">Lower-case hex.</param>
[GenerateSerializer, Immutable, Alias("recording.OutputPart")]
public sealed record OutputPart([property: Id(0)] string Name, [property: Id(1)] long Bytes, [property: Id(2)] string Sha256);

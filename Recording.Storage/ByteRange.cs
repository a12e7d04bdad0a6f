namespace Recording.Storage;

/// <summary>A part of an object.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes wanted; null = to the end.</param>
public readonly record struct ByteRange(long Offset, long? Length = null);

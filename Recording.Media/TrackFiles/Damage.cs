namespace Recording.Media.TrackFiles;

/// <summary>A stretch of a track file that a reader could not use.</summary>
/// <param name="Offset">First byte, from the start of the file.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Reason">What was wrong where it begins.</param>
public readonly record struct Damage(long Offset, long Length, DamageReason Reason);

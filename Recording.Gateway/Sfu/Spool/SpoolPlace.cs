namespace Recording.Gateway.Sfu.Spool;

/// <summary>A record's place.</summary>
/// <param name="File">The file.</param>
/// <param name="Offset">First byte of the record in it.</param>
internal sealed record SpoolPlace(SpoolFile File, long Offset);

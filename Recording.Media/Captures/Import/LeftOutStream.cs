namespace Recording.Media.Captures.Import;

/// <summary>A source of a capture that becomes no track.</summary>
/// <param name="Ssrc">Its identifier.</param>
/// <param name="PayloadTypes">In order of their number.</param>
/// <param name="Packets">How many it sent.</param>
/// <param name="Reason">Why, as words for a person.</param>
public sealed record LeftOutStream(uint Ssrc, IReadOnlyList<byte> PayloadTypes, long Packets, string Reason);

namespace Recording.Media.Captures;

/// <summary>A source named by <c>a=ssrc</c> (RFC 5576, 4.1).</summary>
/// <param name="Ssrc">Its identifier.</param>
/// <param name="Cname">Canonical name; empty when not said.</param>
/// <param name="Msid">Media stream and track id; empty when not said.</param>
public sealed record SdpSource(uint Ssrc, string Cname, string Msid);

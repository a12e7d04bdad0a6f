namespace Recording.Media.Captures;

/// <summary>Sources that belong together, <c>a=ssrc-group</c> (RFC 5576, 4.2).</summary>
/// <param name="Semantics">FID, SIM, FEC-FR, ...</param>
/// <param name="Ssrcs">In their order.</param>
public sealed record SdpSourceGroup(string Semantics, IReadOnlyList<uint> Ssrcs);

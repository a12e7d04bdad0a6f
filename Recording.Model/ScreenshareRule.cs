namespace Recording.Model;

/// <summary>When a producer is a screenshare (plan, check 5).</summary>
public static class ScreenshareRule
{
    /// <summary>True by any of three signs: the flag, <c>track_type</c> = <c>screenshare</c>, or the peer id's prefix.</summary>
    public static bool IsScreenshare(bool flag, string? trackType, string? peerId) =>
        flag || string.Equals(trackType, "screenshare", StringComparison.OrdinalIgnoreCase) || PeerIdentity.HasScreensharePrefix(peerId);
}

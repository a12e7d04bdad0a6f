namespace Recording.Model;

/// <summary>Which participant a peer id stands for: a screenshare joins under its owner's id with a prefix.</summary>
public static class PeerIdentity
{
    /// <summary>What a screenshare's peer id starts with (plan, check 5).</summary>
    public const string ScreensharePrefix = "sharescreen_";

    /// <summary>Removes one leading <see cref="ScreensharePrefix"/>; an id that is nothing but the prefix stays as it is.</summary>
    public static string Normalize(string? peerId)
    {
        if (string.IsNullOrEmpty(peerId))
        {
            return "";
        }

        return HasScreensharePrefix(peerId) && peerId.Length > ScreensharePrefix.Length ? peerId[ScreensharePrefix.Length..] : peerId;
    }

    /// <summary>Whether two peer ids stand for one participant; an empty id stands for nobody.</summary>
    public static bool IsSame(string? left, string? right)
    {
        var normalized = Normalize(left);
        return normalized.Length > 0 && string.Equals(normalized, Normalize(right), StringComparison.Ordinal);
    }

    internal static bool HasScreensharePrefix(string? peerId) =>
        peerId is not null && peerId.StartsWith(ScreensharePrefix, StringComparison.Ordinal);
}

namespace Recording.EndToEnd.Browser;

/// <summary>The participants of Browser/node/scenarios.js.</summary>
internal static class Looks
{
    public static Look Alice { get; } = new("alice", 0xc03030, 500);

    public static Look Bob { get; } = new("bob", 0x30a030, 740);

    public static Look Carol { get; } = new("carol", 0x3040c0, 1000);

    public static Look Dave { get; } = new("dave", 0xa030a0, 1320);
}

namespace Recording.EndToEnd.Browser;

/// <summary>The participants of Browser/node/scenarios.js.</summary>
internal static class Looks
{
    public static Look Alice { get; } = new("alice", 0xc03030, 500);

    public static Look Bob { get; } = new("bob", 0x20a0b0, 740);

    public static Look Carol { get; } = new("carol", 0xe0d020, 1000);

    /// <summary>Chromium's fake camera and fake screen: a green picture, a beep of 400 Hz each half second.</summary>
    public static Look Fake { get; } = new("dave", 0x008800, 400);
}

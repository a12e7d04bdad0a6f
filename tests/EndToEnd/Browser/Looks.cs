namespace Recording.EndToEnd.Browser;

/// <summary>The participants of Browser/node/scenarios.js. Their pitches lie between the harmonics of the fake microphone's square wave (1200, 2000, 2800 Hz).</summary>
internal static class Looks
{
    public static Look Alice { get; } = new("alice", 0xc03030, 1600);

    public static Look Bob { get; } = new("bob", 0x20a0b0, 2400);

    public static Look Carol { get; } = new("carol", 0xe0d020, 3200);

    /// <summary>Chromium's fake camera and fake screen: a green picture, a beep of 400 Hz each half second.</summary>
    public static Look Fake { get; } = new("dave", 0x008800, 400);
}

namespace Recording.PostProcessing.Layout;

/// <summary>The layouts that can be asked for by name.</summary>
public static class Layouts
{
    /// <summary>Names, for messages.</summary>
    public static IReadOnlyList<string> Names { get; } = ["grid", "speaker", "screenshare", "pip", "single:{peer}", "audio-only"];

    /// <summary>The layout of that name; null = there is none.</summary>
    public static ILayout? Find(string name) => name switch
    {
        "grid" => new GridLayout(),
        "speaker" => new SpeakerLayout(),
        "screenshare" => new ScreenshareLayout(),
        "pip" => new PipLayout(),
        "audio-only" => new AudioOnlyLayout(),
        _ when name.StartsWith(SingleLayout.Prefix, StringComparison.Ordinal) && name.Length > SingleLayout.Prefix.Length => new SingleLayout(name[SingleLayout.Prefix.Length..]),
        _ => null,
    };
}

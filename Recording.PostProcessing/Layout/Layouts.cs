namespace Recording.PostProcessing.Layout;

/// <summary>The layouts that can be asked for by name.</summary>
public static class Layouts
{
    /// <summary>Names, for messages.</summary>
    public static IReadOnlyList<string> Names { get; } = ["grid"];

    /// <summary>The layout of that name; null = there is none.</summary>
    public static ILayout? Find(string name) => name switch
    {
        "grid" => new GridLayout(),
        _ => null,
    };
}

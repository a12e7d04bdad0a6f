using Recording.Media.Depacketizers;
using Recording.Media.Matroska;

namespace Recording.Media.Remuxing;

/// <summary>Names of the containers, and which codecs each takes (docs/decisions/021).</summary>
public static class RemuxContainers
{
    private static readonly string[] _ogg = ["opus"];

    /// <summary>As settings and options name them; a file's name ends so too.</summary>
    public static IReadOnlyList<string> Names { get; } = ["mkv", "webm", "ogg"];

    /// <summary>The container of that name; null = there is none.</summary>
    public static RemuxContainer? Find(string name) => name switch
    {
        "mkv" => RemuxContainer.Matroska,
        "webm" => RemuxContainer.WebM,
        "ogg" => RemuxContainer.Ogg,
        _ => null,
    };

    /// <summary>Its name, with which file names end.</summary>
    public static string Name(this RemuxContainer container) => container switch
    {
        RemuxContainer.WebM => "webm",
        RemuxContainer.Ogg => "ogg",
        _ => "mkv",
    };

    /// <summary>The codecs that it takes, in lower case.</summary>
    public static IReadOnlyList<string> Codecs(this RemuxContainer container) => container switch
    {
        RemuxContainer.WebM => MatroskaTrack.WebmCodecs,
        RemuxContainer.Ogg => _ogg,
        _ => RenderableCodecs.Names,
    };

    /// <summary>Whether it takes a codec, in lower case as in track files.</summary>
    public static bool Takes(this RemuxContainer container, string codec) => container.Codecs().Contains(codec, StringComparer.Ordinal);
}

using System.Globalization;
using System.Text.Json;
using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Specs;

namespace Recording.PostProcessing.Outputs;

/// <summary>Reads the fields of <see cref="CompositionSettings"/>.</summary>
internal static class CompositionSettingsReader
{
    /// <summary>Reads all fields; what is wrong is noted, and the default stands in for it.</summary>
    public static CompositionSettings Read(SpecObject root, List<string> problems)
    {
        CompositionSettings usual = CompositionSettings.Default;
        CompositionSettings settings = usual with
        {
            Format = root.Text("format", usual.Format),
            VideoCodec = root.Text("video_codec"),
            Width = Side(root, "width", usual.Width),
            Height = Side(root, "height", usual.Height),
            FrameRate = Side(root, "frame_rate", usual.FrameRate),
            FromSeconds = root.Number("from_s", CompositionSettings.LongestSeconds) ?? 0,
            ToSeconds = root.Number("to_s", CompositionSettings.LongestSeconds),
            KeepsPauses = root.Choice("pauses", "cut", "cut", "card") == "card",
            Labels = root.Flag("labels", true),
            Microphones = root.Flag("microphones", true),
            Fit = root.Choice("fit", "contain", "contain", "cover") == "cover" ? FitMode.Cover : FitMode.Contain,
            Background = Colour(root, "background", usual.Background),
            BackgroundImage = root.Text("background_image"),
            Title = root.Text("title", longest: CompositionSettings.LongestTitle),
            Clock = root.Choice("clock", "none", "none", "recorded", "wall"),
            Captions = root.Text("captions"),
            BurnsCaptions = root.Choice("captions_mode", "stream", "stream", "burn") == "burn",
            Thumbnails = root.Flag("thumbnails", false),
            Waveforms = root.Flag("waveforms", false),
            Chapters = root.Flag("chapters", false),
            Copies = root.Flag("copy", true),
        };
        settings = ReadLayouts(root, settings, problems);
        root.Close();
        return settings;
    }

    private static CompositionSettings ReadLayouts(SpecObject root, CompositionSettings settings, List<string> problems)
    {
        if (root.TryGet("layout", out JsonElement layout))
        {
            ILayout? read = CompositionState.ReadLayout(root, layout, settings.Canvas, problems);
            settings = read switch
            {
                CustomLayout custom => settings with { Layout = custom.Name, Custom = custom },
                null => settings,
                _ => settings with { Layout = read.Name },
            };
        }

        return root.TryGet("state", out JsonElement state)
            ? settings with { State = CompositionState.Read(state, root.PathOf("state"), settings.Canvas, problems) }
            : settings;
    }

    // Any whole number: the ranges are checked with the rest, and 0 means the default.
    private static int Side(SpecObject root, string name, int usual) => root.Whole(name) is { } number and not 0 ? number : usual;

    private static int Colour(SpecObject root, string name, int usual)
    {
        string text = root.Text(name);
        if (text.Length == 0)
        {
            return usual;
        }

        if (text.Length == 7 && text[0] == '#' && int.TryParse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int colour))
        {
            return colour;
        }

        root.Problem(name, $"expected a colour like \"#16181d\", found {SpecObject.Quote(text)}");
        return usual;
    }
}

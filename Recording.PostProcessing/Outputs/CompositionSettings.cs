using System.Text.Json;
using Recording.Model;
using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Outputs;

/// <summary>What a composition is asked to be; as JSON the parameters of a job.</summary>
public sealed record CompositionSettings
{
    /// <summary>Smallest width or height, pixels.</summary>
    public const int SmallestSide = 64;

    /// <summary>Largest width or height, pixels.</summary>
    public const int LargestSide = 4096;

    /// <summary>Highest frame rate, frames a second.</summary>
    public const int HighestFrameRate = 60;

    /// <summary>The composition that a stop with post-processing asks for.</summary>
    public static CompositionSettings Default { get; } = new();

    /// <summary>Name of a layout.</summary>
    public string Layout { get; init; } = "grid";

    /// <summary>Container: mp4 (H.264 and AAC).</summary>
    public string Format { get; init; } = "mp4";

    /// <summary>Pixels, even, 64..4096.</summary>
    public int Width { get; init; } = 1280;

    /// <summary>Pixels, even, 64..4096.</summary>
    public int Height { get; init; } = 720;

    /// <summary>Frames a second, 1..60.</summary>
    public int FrameRate { get; init; } = 30;

    /// <summary>The picture.</summary>
    public Canvas Canvas => new(Width, Height, FrameRate);

    /// <summary>Reads and checks job parameters: an empty text, a field that is absent, and a number 0 mean the default.</summary>
    /// <exception cref="RecordingException">1003: every problem, each with its field, what was expected and what was found.</exception>
    public static CompositionSettings Parse(string json)
    {
        if (string.IsNullOrWhiteSpace(json))
        {
            return Default;
        }

        CompositionSettings settings = Default;
        List<string> problems = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw Bad($"expected a JSON object, found {document.RootElement.ValueKind}");
            }

            HashSet<string> seen = new(StringComparer.Ordinal);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (!seen.Add(property.Name))
                {
                    problems.Add($"{property.Name}: given twice");
                }

                settings = property.Name switch
                {
                    "layout" => settings with { Layout = Text(property, settings.Layout, problems) },
                    "format" => settings with { Format = Text(property, settings.Format, problems) },
                    "width" => settings with { Width = Number(property, settings.Width, problems) },
                    "height" => settings with { Height = Number(property, settings.Height, problems) },
                    "frame_rate" => settings with { FrameRate = Number(property, settings.FrameRate, problems) },
                    _ => Unknown(settings, property.Name, problems),
                };
            }
        }
        catch (JsonException exception)
        {
            throw Bad($"not JSON: {exception.Message}");
        }

        problems.AddRange(settings.Problems());
        return problems.Count == 0 ? settings : throw Bad(string.Join("; ", problems));
    }

    /// <summary>Checks values that did not come as JSON.</summary>
    /// <exception cref="RecordingException">1003: every problem.</exception>
    public CompositionSettings Validated()
    {
        List<string> problems = [.. Problems()];
        return problems.Count == 0 ? this : throw Bad(string.Join("; ", problems));
    }

    /// <summary>Job parameters: all fields, always in the same order, so that the same composition is the same job.</summary>
    public string ToJson() =>
        JsonSerializer.Serialize(new { layout = Layout, format = Format, width = Width, height = Height, frame_rate = FrameRate });

    private IEnumerable<string> Problems()
    {
        if (Layouts.Find(Layout) is null)
        {
            yield return $"layout: expected one of {string.Join(", ", Layouts.Names)}, found {Quote(Layout)}";
        }

        if (Format != "mp4")
        {
            yield return $"format: expected mp4, found {Quote(Format)}";
        }

        foreach ((string name, int value) in new[] { ("width", Width), ("height", Height) })
        {
            if (value is < SmallestSide or > LargestSide || value % 2 != 0)
            {
                yield return $"{name}: expected an even number from {SmallestSide} to {LargestSide}, found {value}";
            }
        }

        if (FrameRate is < 1 or > HighestFrameRate)
        {
            yield return $"frame_rate: expected 1 to {HighestFrameRate}, found {FrameRate}";
        }
    }

    private static string Text(JsonProperty property, string fallback, List<string> problems)
    {
        if (property.Value.ValueKind == JsonValueKind.String)
        {
            return property.Value.GetString() is { Length: > 0 } text ? text : fallback;
        }

        problems.Add($"{property.Name}: expected a text, found {property.Value.ValueKind}");
        return fallback;
    }

    private static int Number(JsonProperty property, int fallback, List<string> problems)
    {
        if (property.Value.ValueKind == JsonValueKind.Number && property.Value.TryGetInt32(out int number))
        {
            return number == 0 ? fallback : number;
        }

        problems.Add($"{property.Name}: expected a whole number, found {Quote(property.Value.GetRawText())}");
        return fallback;
    }

    private static CompositionSettings Unknown(CompositionSettings settings, string name, List<string> problems)
    {
        problems.Add($"{Quote(name)}: no such field; there are layout, format, width, height, frame_rate");
        return settings;
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text.Length > 60 ? text[..60] + "..." : text);

    private static RecordingException Bad(string what) => new(RecordingErrorCode.ProtocolViolation, $"composition parameters: {what}");
}

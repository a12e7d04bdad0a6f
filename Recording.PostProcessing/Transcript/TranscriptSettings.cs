using System.Text.Json;
using Recording.Model;

namespace Recording.PostProcessing.Transcript;

/// <summary>What is asked of a transcript; as JSON the parameters of a job.</summary>
public sealed record TranscriptSettings
{
    private const int MaxLanguage = 35;
    private const int MaxModel = 100;

    /// <summary>Everything as the service is set up.</summary>
    public static TranscriptSettings Default { get; } = new();

    /// <summary>Language spoken, as the transcriber names it (<c>en</c>); empty = it finds out.</summary>
    public string Language { get; init; } = "";

    /// <summary>Model to ask for; empty = the one that the service is set up with.</summary>
    public string Model { get; init; } = "";

    /// <summary>Reads and checks job parameters; an empty text and an absent field mean the default.</summary>
    /// <exception cref="RecordingException">1003: every problem, each with its field, what was expected and what was found.</exception>
    public static TranscriptSettings Parse(string json)
    {
        if (string.IsNullOrWhiteSpace(json))
        {
            return Default;
        }

        TranscriptSettings settings = Default;
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
                    "language" => settings with { Language = Text(property, MaxLanguage, char.IsAsciiLetterOrDigit, "letters, digits and -", problems) },
                    "model" => settings with { Model = Text(property, MaxModel, letter => char.IsAsciiLetterOrDigit(letter) || "._:/@".Contains(letter), "letters, digits and ._:/@-", problems) },
                    _ => Unknown(settings, property.Name, problems),
                };
            }
        }
        catch (JsonException exception)
        {
            throw Bad($"not JSON: {exception.Message}");
        }

        return problems.Count == 0 ? settings : throw Bad(string.Join("; ", problems));
    }

    /// <summary>Job parameters: all fields, always in the same order.</summary>
    public string ToJson() => JsonSerializer.Serialize(new { language = Language, model = Model });

    private static string Text(JsonProperty property, int longest, Predicate<char> allowed, string words, List<string> problems)
    {
        if (property.Value.ValueKind != JsonValueKind.String)
        {
            problems.Add($"{property.Name}: expected a text, found {property.Value.ValueKind}");
            return "";
        }

        string text = property.Value.GetString()!;
        if (text.Length > longest || !text.All(letter => letter == '-' || allowed(letter)))
        {
            problems.Add($"{property.Name}: expected at most {longest} {words}, found {Quote(text)}");
        }

        return text;
    }

    private static TranscriptSettings Unknown(TranscriptSettings settings, string name, List<string> problems)
    {
        problems.Add($"{Quote(name)}: no such field; there are language, model");
        return settings;
    }

    private static string Quote(string text) => JsonSerializer.Serialize(text.Length > 60 ? text[..60] + "..." : text);

    private static RecordingException Bad(string what) => new(RecordingErrorCode.ProtocolViolation, $"transcript settings: {what}");
}

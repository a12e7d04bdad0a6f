using System.Globalization;
using System.Text.Json;

namespace Recording.PostProcessing.Specs;

/// <summary>Reads one JSON object of a specification and notes each problem with the path of its field, what was expected and what was found.</summary>
internal sealed class SpecObject
{
    private readonly Dictionary<string, JsonElement> _fields = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _known = new(StringComparer.Ordinal);
    private readonly List<string> _problems;
    private readonly string _path;

    private SpecObject(string path, List<string> problems)
    {
        _path = path;
        _problems = problems;
    }

    /// <summary>Opens an object; null = it is something else, which is noted.</summary>
    /// <param name="element">The JSON value.</param>
    /// <param name="path">Where it is: empty for the root, else <c>layout.regions[2]</c>.</param>
    /// <param name="problems">Gets what is wrong.</param>
    public static SpecObject? Open(JsonElement element, string path, List<string> problems)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            problems.Add($"{(path.Length > 0 ? path + ": " : "")}expected a JSON object, found {element.ValueKind}");
            return null;
        }

        var opened = new SpecObject(path, problems);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (!opened._fields.TryAdd(property.Name, property.Value))
            {
                problems.Add($"{opened.PathOf(property.Name)}: given twice");
            }
        }

        return opened;
    }

    /// <summary>The path of a field.</summary>
    public string PathOf(string name)
    {
        string shown = name.Length is > 0 and <= 60 && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? name : Quote(name);
        return _path.Length == 0 ? shown : $"{_path}.{shown}";
    }

    /// <summary>The raw value of a field; false = it is absent or null.</summary>
    public bool TryGet(string name, out JsonElement value)
    {
        _known.Add(name);
        return _fields.TryGetValue(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>Notes a problem of a field.</summary>
    public void Problem(string name, string what) => _problems.Add($"{PathOf(name)}: {what}");

    /// <summary>A text; an empty one is the fallback.</summary>
    public string Text(string name, string fallback = "", int longest = 500)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return fallback;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            Problem(name, $"expected a text, found {value.ValueKind}");
            return fallback;
        }

        string text = value.GetString()!;
        if (text.Length > longest)
        {
            Problem(name, $"expected at most {longest} characters, found {text.Length}");
            return fallback;
        }

        return text.Length == 0 ? fallback : text;
    }

    /// <summary>One of some words.</summary>
    public string Choice(string name, string fallback, params string[] choices)
    {
        string text = Text(name, fallback);
        if (!choices.Contains(text, StringComparer.Ordinal))
        {
            Problem(name, $"expected one of {string.Join(", ", choices)}, found {Quote(text)}");
            return fallback;
        }

        return text;
    }

    /// <summary>A whole number.</summary>
    public int? Whole(string name, int smallest = int.MinValue, int largest = int.MaxValue)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int number))
        {
            Problem(name, $"expected a whole number, found {Quote(value.GetRawText())}");
            return null;
        }

        if (number < smallest || number > largest)
        {
            Problem(name, $"expected {smallest} to {largest}, found {number}");
            return null;
        }

        return number;
    }

    /// <summary>A number from 0 to <paramref name="largest"/>.</summary>
    public double? Number(string name, double largest)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number) || !double.IsFinite(number) || number < 0 || number > largest)
        {
            Problem(name, string.Create(CultureInfo.InvariantCulture, $"expected a number from 0 to {largest}, found {Quote(value.GetRawText())}"));
            return null;
        }

        return number;
    }

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool fallback)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return fallback;
        }

        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        Problem(name, $"expected true or false, found {Quote(value.GetRawText())}");
        return fallback;
    }

    /// <summary>The elements of an array, each with its path; empty = absent, or not an array of at most <paramref name="most"/>, which is noted.</summary>
    public IReadOnlyList<(string Path, JsonElement Value)> Items(string name, int most)
    {
        if (!TryGet(name, out JsonElement value))
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            Problem(name, $"expected an array, found {value.ValueKind}");
            return [];
        }

        int length = value.GetArrayLength();
        if (length > most)
        {
            Problem(name, $"expected at most {most} elements, found {length}");
            return [];
        }

        return [.. value.EnumerateArray().Select((item, i) => ($"{PathOf(name)}[{i}]", item))];
    }

    /// <summary>The texts of an array.</summary>
    public IReadOnlyList<string> Texts(string name, int most, int longest = 500)
    {
        List<string> texts = [];
        foreach ((string path, JsonElement value) in Items(name, most))
        {
            if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= longest)
            {
                texts.Add(text);
            }
            else
            {
                _problems.Add($"{path}: expected a text of 1 to {longest} characters, found {Quote(value.GetRawText())}");
            }
        }

        return texts;
    }

    /// <summary>Notes fields that nobody asked for.</summary>
    public void Close()
    {
        foreach (string name in _fields.Keys.Where(name => !_known.Contains(name)))
        {
            Problem(name, $"no such field; there are {string.Join(", ", _known)}");
        }
    }

    /// <summary>What was found, shortened and quoted.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text.Length > 60 ? text[..60] + "..." : text);
}

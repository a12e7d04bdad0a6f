using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Recording.Grains.Abstractions.Jobs;

/// <summary>Names jobs: the same work on the same recording always has the same id, so that creating it twice is creating it once.</summary>
public static class JobIds
{
    /// <summary>Name of the queue that jobs go to.</summary>
    public const string DefaultQueue = "default";

    private const int HashBytes = 16;

    /// <summary>The id of a job: 32 hex digits from recording, kind and parameters; order of fields and spaces in the parameters, who asked and how urgently do not count.</summary>
    public static string For(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string part in new[] { spec.RecordingId, spec.Kind, Canonical(spec.Parameters) })
        {
            byte[] bytes = Encoding.UTF8.GetBytes(part);
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, HashBytes));
    }

    private static string Canonical(string parameters)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(string.IsNullOrWhiteSpace(parameters) ? "{}" : parameters);
            var canonical = new StringBuilder();
            Append(canonical, document.RootElement);
            return canonical.ToString();
        }
        catch (JsonException)
        {
            // The plan task refuses it with a precise error; until then it only needs an id.
            return parameters;
        }
    }

    private static void Append(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (JsonProperty property in value.EnumerateObject().OrderBy(property => property.Name, StringComparer.Ordinal))
                {
                    text.Append(JsonSerializer.Serialize(property.Name)).Append(':');
                    Append(text, property.Value);
                    text.Append(',');
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Append(text, item);
                    text.Append(',');
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                text.Append(JsonSerializer.Serialize(value.GetString()));
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }
}

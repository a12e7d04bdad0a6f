using System.Text.Json;

namespace Recording.PostProcessing.Transcript;

/// <summary>Reads the <c>verbose_json</c> of a transcriber; more fields than these are passed over.</summary>
internal static class TranscriptionAnswer
{
    private const int MaxSegments = 20_000;
    private const int MaxText = 10_000;

    /// <summary>Reads it.</summary>
    /// <exception cref="TranscriberFailure">It is not such an answer.</exception>
    public static Transcription Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw new TranscriberFailure($"answered {root.ValueKind} instead of an object");
            }

            string language = root.TryGetProperty("language", out JsonElement named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "";
            if (!root.TryGetProperty("segments", out JsonElement listed) || listed.ValueKind != JsonValueKind.Array)
            {
                throw new TranscriberFailure("answered no segments: it must know response_format verbose_json");
            }

            List<SpokenSegment> segments = [];
            foreach (JsonElement item in listed.EnumerateArray().Take(MaxSegments))
            {
                double start = Seconds(item, "start");
                double end = Math.Max(start, Seconds(item, "end"));
                string text = item.TryGetProperty("text", out JsonElement words) && words.ValueKind == JsonValueKind.String ? words.GetString()!.Trim() : "";
                if (text.Length > 0)
                {
                    segments.Add(new SpokenSegment(start, end, text.Length > MaxText ? text[..MaxText] : text));
                }
            }

            return new Transcription(language, [.. segments.OrderBy(segment => segment.Start)]);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new TranscriberFailure($"answered what is not JSON of segments ({exception.Message})", exception);
        }
    }

    private static double Seconds(JsonElement segment, string name)
    {
        if (segment.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double seconds) && double.IsFinite(seconds))
        {
            return Math.Max(0, seconds);
        }

        throw new TranscriberFailure($"answered a segment whose {name} is not a number");
    }
}

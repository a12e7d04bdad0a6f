using System.Text.Json;
using Recording.Media.Remuxing;
using Recording.Model;
using Recording.PostProcessing.Specs;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Outputs;

/// <summary>What the media files of the tracks are asked to be; as JSON the parameters of a job (docs/jobs.md).</summary>
/// <param name="Container">Of every file.</param>
public sealed record RemuxSettings(RemuxContainer Container)
{
    private const string Field = "container";
    private const int MostNamed = 10;

    /// <summary>Matroska.</summary>
    public static RemuxSettings Default { get; } = new(RemuxContainer.Matroska);

    /// <summary>Reads and checks job parameters: an empty text and an absent field mean the default.</summary>
    /// <exception cref="RecordingException">1003: every problem, each with its field, what was expected and what was found.</exception>
    public static RemuxSettings Parse(string json)
    {
        if (string.IsNullOrWhiteSpace(json))
        {
            return Default;
        }

        List<string> problems = [];
        string container = Default.Container.Name();
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (SpecObject.Open(document.RootElement, "", problems) is { } root)
            {
                container = root.Choice(Field, container, [.. RemuxContainers.Names]);
                root.Close();
            }
        }
        catch (JsonException exception)
        {
            throw Bad($"not JSON: {exception.Message}");
        }

        return problems.Count == 0 ? new RemuxSettings(RemuxContainers.Find(container)!.Value) : throw Bad(string.Join("; ", problems));
    }

    /// <summary>Job parameters; empty for the default, so that it is the same job as one that was asked for without settings.</summary>
    public string ToJson() => this == Default ? "" : $"{{\"{Field}\":\"{Container.Name()}\"}}";

    /// <summary>Ends with an error when the container takes the codec of no track; tracks of other codecs beside some that fit are skipped when their turn comes.</summary>
    /// <exception cref="RecordingException">3002: the field, and each track with its codec.</exception>
    internal void RequireFitting(IReadOnlyList<TimelineTrack> tracks)
    {
        // Matroska takes whatever can be decoded at all.
        if (this == Default || tracks.Count == 0 || tracks.Any(track => track.Codec.Length == 0 || Container.Takes(NameOf(track.Codec))))
        {
            return;
        }

        string named = string.Join(", ", tracks.Take(MostNamed).Select(track => $"{track.TrackId} is {NameOf(track.Codec)}"));
        string more = tracks.Count > MostNamed ? $" and {tracks.Count - MostNamed} more" : "";
        string takes = string.Join(", ", Container.Codecs());
        throw new RecordingException(RecordingErrorCode.UnsupportedCodec, $"{Field}: {Container.Name()} takes {takes} only, and no track is of these: {named}{more}");
    }

    // As SFUs name them: "audio/opus", "VP8"; RED wraps Opus.
    private static string NameOf(string codec)
    {
        string name = codec[(codec.LastIndexOf('/') + 1)..].ToLowerInvariant();
        return name == "red" ? "opus" : name;
    }

    private static RecordingException Bad(string what) => new(RecordingErrorCode.ProtocolViolation, $"remux settings: {what}");
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Recording.Model;
using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Specs;

namespace Recording.PostProcessing.Outputs;

/// <summary>What a composition is asked to be; as JSON the parameters of a job (docs/compositions.md). Two are equal when their JSON is.</summary>
[JsonConverter(typeof(CompositionSettingsConverter))]
public sealed record CompositionSettings
{
    /// <summary>Smallest width or height, pixels.</summary>
    public const int SmallestSide = 64;

    /// <summary>Largest width or height, pixels.</summary>
    public const int LargestSide = 4096;

    /// <summary>Highest frame rate, frames a second.</summary>
    public const int HighestFrameRate = 60;

    /// <summary>Longest specification, characters.</summary>
    public const int LongestJson = 512 * 1024;

    internal const double LongestSeconds = 7 * 24 * 3600;
    internal const int LongestTitle = 200;

    /// <summary>The composition that a stop with post-processing asks for.</summary>
    public static CompositionSettings Default { get; } = new();

    /// <summary>Name of a layout; custom = <see cref="Custom"/>.</summary>
    public string Layout { get; init; } = "grid";

    /// <summary>The layout as regions; null = the one that is named.</summary>
    public CustomLayout? Custom { get; init; }

    /// <summary>Layout and pin changes, muted tracks; null = none.</summary>
    public CompositionState? State { get; init; }

    /// <summary>mp4 (H.264 and AAC), webm (VP9 or VP8 and Opus), hls (fragments of the same as mp4), mp3, m4a, or wav (one for each speaker).</summary>
    public string Format { get; init; } = "mp4";

    /// <summary>For webm: vp9 or vp8; empty = the format's own.</summary>
    public string VideoCodec { get; init; } = "";

    /// <summary>Pixels, even, 64..4096.</summary>
    public int Width { get; init; } = 1280;

    /// <summary>Pixels, even, 64..4096.</summary>
    public int Height { get; init; } = 720;

    /// <summary>Frames a second, 1..60.</summary>
    public int FrameRate { get; init; } = 30;

    /// <summary>Recording time at which the output begins, seconds.</summary>
    public double FromSeconds { get; init; }

    /// <summary>Recording time at which the output ends, seconds; null = with the recording.</summary>
    public double? ToSeconds { get; init; }

    /// <summary>A pause of the recording is shown as a card instead of being cut out.</summary>
    public bool KeepsPauses { get; init; }

    /// <summary>Draw names.</summary>
    public bool Labels { get; init; } = true;

    /// <summary>Draw a sign on who has no open microphone.</summary>
    public bool Microphones { get; init; } = true;

    /// <summary>How cameras fill their tiles; shared screens are always shown whole.</summary>
    public FitMode Fit { get; init; }

    /// <summary>Colour behind everything, 24 bits.</summary>
    public int Background { get; init; } = 0x16181D;

    /// <summary>A PNG or JPEG behind everything, relative to the recording's prefix; empty = none.</summary>
    public string BackgroundImage { get; init; } = "";

    /// <summary>Text in the upper left corner; empty = none.</summary>
    public string Title { get; init; } = "";

    /// <summary>none; recorded = time since the recording began; wall = date and time in UTC.</summary>
    public string Clock { get; init; } = "none";

    /// <summary>A WebVTT file in recording time, relative to the recording's prefix; empty = none.</summary>
    public string Captions { get; init; } = "";

    /// <summary>Draw the captions into the picture instead of adding a subtitle stream.</summary>
    public bool BurnsCaptions { get; init; }

    /// <summary>Also make a poster, a picture every 10 s, and sprite sheets with a map.</summary>
    public bool Thumbnails { get; init; }

    /// <summary>Also make a picture and JSON peaks of each speaker's sound.</summary>
    public bool Waveforms { get; init; }

    /// <summary>Mark who has the floor and shared screens, in MP4 and as WebVTT.</summary>
    public bool Chapters { get; init; }

    /// <summary>With layout single, copy the track instead of encoding it where the container takes its codec.</summary>
    public bool Copies { get; init; } = true;

    /// <summary>The picture.</summary>
    [JsonIgnore]
    public Canvas Canvas => new(Width, Height, FrameRate);

    /// <summary>What it is made of.</summary>
    [JsonIgnore]
    public OutputFormat Output => OutputFormat.Find(Format, VideoCodec) ?? throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"format {Format} is not known");

    /// <summary>Reads and checks job parameters: an empty text, a field that is absent, and a number 0 mean the default.</summary>
    /// <exception cref="RecordingException">1003: every problem, each with its field, what was expected and what was found.</exception>
    public static CompositionSettings Parse(string json)
    {
        if (string.IsNullOrWhiteSpace(json))
        {
            return Default;
        }

        if (json.Length > LongestJson)
        {
            throw Bad($"expected at most {LongestJson} characters, found {json.Length}");
        }

        List<string> problems = [];
        CompositionSettings settings = Default;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (SpecObject.Open(document.RootElement, "", problems) is { } root)
            {
                settings = CompositionSettingsReader.Read(root, problems);
            }
        }
        catch (JsonException exception)
        {
            throw Bad($"not JSON: {exception.Message}");
        }

        problems.AddRange(settings.Problems());
        return problems.Count == 0 ? settings : throw Bad(string.Join("; ", problems.Distinct(StringComparer.Ordinal)));
    }

    /// <summary>Checks values that did not come as JSON.</summary>
    /// <exception cref="RecordingException">1003: every problem.</exception>
    public CompositionSettings Validated()
    {
        List<string> problems = [.. Problems()];
        return problems.Count == 0 ? this : throw Bad(string.Join("; ", problems));
    }

    /// <summary>The layouts over time.</summary>
    public LayoutScript Script()
    {
        ILayout first = Custom ?? Layouts.Find(Layout) ?? throw Bad($"layout {Layout} is not known");
        return State?.Script(first) ?? LayoutScript.Of(first);
    }

    /// <summary>Job parameters: always in the same order, and without what is as usual, so that the same composition is the same job.</summary>
    public string ToJson()
    {
        var json = new StringBuilder();
        json.Append("{\"layout\":").Append(Custom?.Json ?? JsonSerializer.Serialize(Layout));
        json.Append(",\"format\":").Append(JsonSerializer.Serialize(Format));
        json.Append(CultureInfo.InvariantCulture, $",\"width\":{Width},\"height\":{Height},\"frame_rate\":{FrameRate}");
        Add("video_codec", VideoCodec, "");
        Add("from_s", FromSeconds, 0d);
        Add("to_s", ToSeconds, null);
        Add("pauses", KeepsPauses ? "card" : "cut", "cut");
        Add("labels", Labels, true);
        Add("microphones", Microphones, true);
        Add("fit", Fit == FitMode.Cover ? "cover" : "contain", "contain");
        Add("background", $"#{Background:x6}", $"#{Default.Background:x6}");
        Add("background_image", BackgroundImage, "");
        Add("title", Title, "");
        Add("clock", Clock, "none");
        Add("captions", Captions, "");
        Add("captions_mode", BurnsCaptions ? "burn" : "stream", "stream");
        Add("thumbnails", Thumbnails, false);
        Add("waveforms", Waveforms, false);
        Add("chapters", Chapters, false);
        Add("copy", Copies, true);
        if (State is not null)
        {
            json.Append(",\"state\":").Append(State.Json);
        }

        return json.Append('}').ToString();

        void Add<T>(string name, T value, T usual)
        {
            if (!EqualityComparer<T>.Default.Equals(value, usual))
            {
                json.Append(",\"").Append(name).Append("\":").Append(JsonSerializer.Serialize(value));
            }
        }
    }

    /// <inheritdoc />
    public bool Equals(CompositionSettings? other) => other is not null && ToJson() == other.ToJson();

    /// <inheritdoc />
    public override int GetHashCode() => ToJson().GetHashCode(StringComparison.Ordinal);

    private IEnumerable<string> Problems()
    {
        if (Custom is null && Layouts.Find(Layout) is null)
        {
            yield return $"layout: expected one of {string.Join(", ", Layouts.Names)}, or an object with regions, found {SpecObject.Quote(Layout)}";
        }

        if (OutputFormat.Find(Format) is not { } format)
        {
            yield return $"format: expected one of {string.Join(", ", OutputFormat.Names)}, found {SpecObject.Quote(Format)}";
        }
        else if (VideoCodec.Length > 0 && !(format.IsWebm && VideoCodec is "vp8" or "vp9"))
        {
            yield return $"video_codec: expected vp8 or vp9, with format webm only, found {SpecObject.Quote(VideoCodec)}";
        }
        else if (!format.HasPicture && Thumbnails)
        {
            yield return $"thumbnails: {Format} has no picture";
        }
        else if (!format.HasPicture && Captions.Length > 0)
        {
            yield return $"captions: {Format} has no picture";
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

        if (FromSeconds is not (>= 0 and <= LongestSeconds))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"from_s: expected a number from 0 to {LongestSeconds}, found {FromSeconds}");
        }

        if (ToSeconds is { } end && !(end > FromSeconds && end <= LongestSeconds))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"to_s: expected a number over from_s ({FromSeconds}), found {end}");
        }

        if (Clock is not ("none" or "recorded" or "wall"))
        {
            yield return $"clock: expected one of none, recorded, wall, found {SpecObject.Quote(Clock)}";
        }

        if (Title.Length > LongestTitle)
        {
            yield return $"title: expected at most {LongestTitle} characters, found {Title.Length}";
        }

        foreach ((string name, string file) in new[] { ("background_image", BackgroundImage), ("captions", Captions) })
        {
            if (file.Length > 0 && !IsInside(file))
            {
                yield return $"{name}: expected a path inside the recording, found {SpecObject.Quote(file)}";
            }
        }
    }

    // Relative, forward slashes, no way up, nothing that a tool could take for an option or a protocol.
    private static bool IsInside(string file) =>
        file.Length <= 400
        && !file.Any(c => char.IsControl(c) || c is '\\' or ':')
        && file.Split('/').All(part => part.Length > 0 && part is not ("." or "..") && part[0] != '-');

    internal static RecordingException Bad(string what) => new(RecordingErrorCode.ProtocolViolation, $"composition parameters: {what}");
}

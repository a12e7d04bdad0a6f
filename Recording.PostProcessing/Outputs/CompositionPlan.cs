using System.Text.Json;
using System.Text.Json.Serialization;
using Recording.Media.Remuxing;
using Recording.Model;
using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Outputs;

/// <summary>A composition laid out in pieces that can be rendered anywhere in any order and joined without encoding again.</summary>
public sealed record CompositionPlan
{
    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        IgnoreReadOnlyProperties = true,
    };

    /// <summary>What was asked for.</summary>
    public required CompositionSettings Settings { get; init; }

    /// <summary>t = 0 of the recording, µs since 1970.</summary>
    public required long OriginUs { get; init; }

    /// <summary>Length of the recording with its pauses, µs.</summary>
    public required long RecordedUs { get; init; }

    /// <summary>All tracks, by participant.</summary>
    public required IReadOnlyList<RemuxGroup> Groups { get; init; }

    /// <summary>Length of the output, µs.</summary>
    public required long DurationUs { get; init; }

    /// <summary>Frames of the output.</summary>
    public required long TotalFrames { get; init; }

    /// <summary>What is kept of the recording (pauses are cut out).</summary>
    public required IReadOnlyList<KeptSpan> Spans { get; init; }

    /// <summary>Tracks to be heard.</summary>
    public required IReadOnlyList<string> AudioTrackIds { get; init; }

    /// <summary>Track -> recording times at which it is not heard although it could be.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<TimeInterval>> Muted { get; init; }

    /// <summary>Recording times at which nobody is heard: pauses that are kept, into which what was sent before the SFU knew of them can reach.</summary>
    public IReadOnlyList<TimeInterval> Silent { get; init; } = [];

    /// <summary>Who can be heard.</summary>
    public required IReadOnlyList<PlannedSpeaker> Speakers { get; init; }

    /// <summary>The picture, in order; empty when there is none.</summary>
    public required IReadOnlyList<PlannedChunk> Chunks { get; init; }

    /// <summary>Named stretches.</summary>
    public IReadOnlyList<Chapter> Chapters { get; init; } = [];

    /// <summary>The one track that the whole picture is, copied unless it was turned; null = it is rendered.</summary>
    public string? CopiedTrackId { get; init; }

    /// <summary>Only media files of the tracks are wanted.</summary>
    public bool IsRemuxOnly { get; init; }

    /// <summary>Of these files; renderers read Matroska.</summary>
    public RemuxContainer Container { get; init; }

    /// <summary>All pieces in order.</summary>
    public IEnumerable<PlannedPiece> Pieces() => Chunks.SelectMany(chunk => chunk.Pieces);

    /// <summary>Lays it out.</summary>
    /// <exception cref="RecordingException">1003: the settings are bad, or ask for what the recording does not have.</exception>
    public static CompositionPlan Create(RecordedTimeline timeline, CompositionSettings settings, RenderOptions options)
    {
        ArgumentNullException.ThrowIfNull(timeline);
        LayoutScript script = settings.Validated().Script();
        OutputClock clock = ClockOf(timeline, settings);
        OutputFormat format = settings.Output;
        IReadOnlyList<Scene> scenes = format.HasPicture ? SceneTimeline.Build(timeline, script, settings.Canvas, clock) : [];
        string? only = settings.State is null && script.Steps[0].Layout is SingleLayout single ? single.ParticipantId : null;
        if (only is not null && !timeline.Tracks.Any(track => track.ParticipantId == only))
        {
            throw CompositionSettings.Bad($"layout: the recording has no participant {Specs.SpecObject.Quote(only)}");
        }

        TimelineTrack[] audible = [.. timeline.Tracks.Where(track => track.IsAudio && (only is null || track.ParticipantId == only))];
        return new CompositionPlan
        {
            Settings = settings,
            OriginUs = timeline.OriginUs,
            RecordedUs = timeline.DurationUs,
            Groups = [.. timeline.Tracks
                .GroupBy(track => track.ParticipantId, StringComparer.Ordinal)
                .Select((group, index) => new RemuxGroup(index, group.Key, [.. group.Select(PlanTrack)]))],
            DurationUs = clock.DurationUs,
            TotalFrames = clock.TotalFrames,
            Spans = clock.Spans,
            AudioTrackIds = [.. audible.Select(track => track.TrackId)],
            Muted = audible
                .Select(track => (track.TrackId, Times: script.MutedTimes(track.TrackId, timeline.DurationUs)))
                .Where(pair => pair.Times.Count > 0)
                .ToDictionary(pair => pair.TrackId, pair => pair.Times, StringComparer.Ordinal),
            Silent = settings.KeepsPauses ? timeline.Pauses : [],
            Speakers = Listen(timeline, audible),
            Chunks = ChunkCutter.Cut(scenes, clock, settings, options, timeline),
            Chapters = settings.Chapters ? ChapterList.Build(timeline, clock) : [],
            CopiedTrackId = CopiedTrack(timeline, settings, clock, scenes, only),
        };
    }

    /// <summary>Lays out a job that only makes media files of the tracks.</summary>
    /// <exception cref="RecordingException">3002: the container takes none of the recording's codecs.</exception>
    public static CompositionPlan CreateRemux(RecordedTimeline timeline, RemuxSettings settings, RenderOptions options)
    {
        ArgumentNullException.ThrowIfNull(timeline);
        ArgumentNullException.ThrowIfNull(settings);
        settings.RequireFitting(timeline.Tracks);
        CompositionPlan plan = Create(timeline, CompositionSettings.Default, options);
        string extension = settings.Container.Name();
        return plan with
        {
            IsRemuxOnly = true,
            Container = settings.Container,
            Groups = [.. plan.Groups.Select(group => group with { Tracks = [.. group.Tracks.Select(track => track with { Output = Path.ChangeExtension(track.Output, extension) })] })],
        };
    }

    /// <summary>Maps recording time to output time.</summary>
    public OutputClock Clock()
    {
        var whole = new TimeInterval(0, RecordedUs);
        return new OutputClock(RecordedUs, TimeInterval.Subtract([whole], TimeInterval.Union(Spans.Select(span => span.Source), whole)), Settings.FrameRate);
    }

    /// <summary>As stored between the tasks of a job.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, _json);

    /// <summary>Reads <see cref="ToJson"/>.</summary>
    /// <exception cref="RecordingException">4005: it is damaged.</exception>
    public static CompositionPlan FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<CompositionPlan>(json, _json)
                ?? throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, "the composition plan is empty");
        }
        catch (JsonException exception)
        {
            throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"the composition plan is damaged: {exception.Message}", exception);
        }
    }

    /// <summary>The clock of the output: pauses that are cut, and what lies outside the range that is asked for, are left out.</summary>
    internal static OutputClock ClockOf(RecordedTimeline timeline, CompositionSettings settings)
    {
        var fromUs = (long)Math.Round(settings.FromSeconds * 1e6);
        long toUs = settings.ToSeconds is { } to ? (long)Math.Round(to * 1e6) : timeline.DurationUs;
        if (fromUs > 0 && fromUs >= timeline.DurationUs)
        {
            throw CompositionSettings.Bad($"from_s: the recording lasts {timeline.DurationUs / 1e6:0.###} s");
        }

        IEnumerable<TimeInterval> cut = settings.KeepsPauses ? [] : timeline.Pauses;
        return new OutputClock(timeline.DurationUs, [.. cut, new TimeInterval(0, fromUs), new TimeInterval(toUs, timeline.DurationUs)], settings.FrameRate);
    }

    private static PlannedSpeaker[] Listen(RecordedTimeline timeline, TimelineTrack[] audible) =>
        [.. audible.Where(track => !track.IsScreenshare)
            .GroupBy(track => track.ParticipantId, StringComparer.Ordinal)
            .Select(group => new PlannedSpeaker(
                group.Key,
                timeline.Participants.FirstOrDefault(participant => participant.ParticipantId == group.Key)?.DisplayName ?? group.Key,
                [.. group.Select(track => track.TrackId)],
                Storage.RecordingKeys.Encode(group.Key)))];

    // Copied is only what is one track from the beginning to the end, in a codec of the container, with nothing drawn over it.
    private static string? CopiedTrack(RecordedTimeline timeline, CompositionSettings settings, OutputClock clock, IReadOnlyList<Scene> scenes, string? only)
    {
        bool plain = settings is { Copies: true, Title: "", Clock: "none", BurnsCaptions: false } && settings.Format is "mp4" or "webm";
        bool whole = clock.Spans is [{ Source.StartUs: 0 } span] && span.Source.EndUs == timeline.DurationUs;
        if (only is null || !plain || !whole || scenes is not [{ Regions: [{ TrackId: { } trackId }] }])
        {
            return null;
        }

        TimelineTrack track = timeline.Tracks.First(track => track.TrackId == trackId);
        string[] codecs = settings.Output.IsWebm ? ["vp8", "vp9", "av1"] : ["h264"];
        return codecs.Contains(track.Codec, StringComparer.OrdinalIgnoreCase) ? trackId : null;
    }

    private static PlannedTrack PlanTrack(TimelineTrack track) =>
        new(track.TrackId, track.IsAudio, track.File, $"processed/tracks/{Path.GetFileNameWithoutExtension(track.File)}.mkv");
}

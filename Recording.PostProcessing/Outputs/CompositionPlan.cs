using System.Text.Json;
using System.Text.Json.Serialization;
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

    /// <summary>The picture, in order.</summary>
    public required IReadOnlyList<PlannedChunk> Chunks { get; init; }

    /// <summary>All pieces in order.</summary>
    public IEnumerable<PlannedPiece> Pieces() => Chunks.SelectMany(chunk => chunk.Pieces);

    /// <summary>Lays it out.</summary>
    public static CompositionPlan Create(RecordedTimeline timeline, CompositionSettings settings, RenderOptions options)
    {
        ILayout layout = Layouts.Find(settings.Validated().Layout)!;
        var clock = new OutputClock(timeline.DurationUs, timeline.Pauses, settings.FrameRate);
        IReadOnlyList<Scene> scenes = SceneTimeline.Build(timeline, layout, settings.Canvas);
        return new CompositionPlan
        {
            Settings = settings,
            OriginUs = timeline.OriginUs,
            Groups = [.. timeline.Tracks
                .GroupBy(track => track.ParticipantId, StringComparer.Ordinal)
                .Select((group, index) => new RemuxGroup(index, group.Key, [.. group.Select(PlanTrack)]))],
            DurationUs = clock.DurationUs,
            TotalFrames = clock.TotalFrames,
            Spans = clock.Spans,
            AudioTrackIds = [.. timeline.Tracks.Where(track => track.IsAudio).Select(track => track.TrackId)],
            Chunks = CutIntoChunks(scenes, clock, settings, options),
        };
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

    private static PlannedTrack PlanTrack(TimelineTrack track) =>
        new(track.TrackId, track.IsAudio, track.File, $"processed/tracks/{Path.GetFileNameWithoutExtension(track.File)}.mkv");

    private static List<PlannedChunk> CutIntoChunks(IReadOnlyList<Scene> scenes, OutputClock clock, CompositionSettings settings, RenderOptions options)
    {
        double seconds = (double)clock.TotalFrames / settings.FrameRate / (4 * Math.Max(1, options.Workers));
        seconds = Math.Clamp(seconds, options.ShortestChunkSeconds, options.LongestChunkSeconds);
        long chunkFrames = Math.Max(1, (long)Math.Round(seconds * settings.FrameRate));
        List<PlannedChunk> chunks = [];
        List<PlannedPiece> pieces = [];
        long inChunk = 0;
        int number = 0;

        void EndChunk()
        {
            if (pieces.Count > 0)
            {
                chunks.Add(new PlannedChunk(chunks.Count, [.. pieces]));
                pieces.Clear();
                inChunk = 0;
            }
        }

        foreach (Scene scene in scenes)
        {
            long start = scene.FirstFrame;
            while (start < scene.EndFrame)
            {
                // A scene that goes a little over the chunk's length is not cut again: a cut costs a key frame.
                long left = scene.EndFrame - start;
                long take = inChunk + left <= chunkFrames * 5 / 4 ? left : Math.Max(1, chunkFrames - inChunk);
                foreach (SourcePiece piece in clock.Split(start, take))
                {
                    pieces.Add(new PlannedPiece
                    {
                        Number = number++,
                        FirstFrame = piece.FirstFrame,
                        FrameCount = piece.FrameCount,
                        RecordingUs = piece.RecordingUs,
                        Regions = scene.Regions,
                    });
                }

                start += take;
                inChunk += take;
                if (inChunk >= chunkFrames)
                {
                    EndChunk();
                }
            }
        }

        EndChunk();
        return chunks;
    }
}

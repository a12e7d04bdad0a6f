using Recording.PostProcessing.Layout;
using Recording.PostProcessing.Timeline;

namespace Recording.PostProcessing.Outputs;

/// <summary>Cuts scenes into chunks for workers, on the output's frame grid. Pure.</summary>
internal static class ChunkCutter
{
    /// <summary>The chunks, in order.</summary>
    public static List<PlannedChunk> Cut(IReadOnlyList<Scene> scenes, OutputClock clock, CompositionSettings settings, RenderOptions options, RecordedTimeline timeline)
    {
        double seconds = (double)clock.TotalFrames / settings.FrameRate / (4 * options.ChunkWorkers);
        seconds = Math.Clamp(seconds, options.ShortestChunkSeconds, options.LongestChunkSeconds);
        long chunkFrames = Math.Max(1, (long)Math.Round(seconds * settings.FrameRate));
        Dictionary<string, IReadOnlyList<TimeInterval>> off = settings.Microphones
            ? timeline.Participants.ToDictionary(participant => participant.ParticipantId, participant => timeline.MicrophoneOff(participant.ParticipantId), StringComparer.Ordinal)
            : [];
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
                foreach (SourcePiece piece in clock.Split(start, take).SelectMany(piece => Share(piece, clock, chunkFrames, settings.FrameRate, options)))
                {
                    pieces.Add(new PlannedPiece
                    {
                        Number = number++,
                        FirstFrame = piece.FirstFrame,
                        FrameCount = piece.FrameCount,
                        RecordingUs = piece.RecordingUs,
                        Regions = scene.Regions,
                        IsPause = scene.IsPause,
                        Muted = [.. scene.Regions.SelectMany((region, i) => Muted(region, i, piece, off, settings.FrameRate))],
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

    // Alike parts for pieces rendered side by side, cut where a key frame is due anyway.
    private static IEnumerable<SourcePiece> Share(SourcePiece whole, OutputClock clock, long chunkFrames, int frameRate, RenderOptions options)
    {
        long parts = Math.Max(1, (long)Math.Round((double)whole.FrameCount * options.PiecesAtOnce / chunkFrames));
        long group = PieceEncoder.GroupFrames(frameRate);
        long length = options.PiecesAtOnce == 1 ? whole.FrameCount : ((whole.FrameCount + parts - 1) / parts + group - 1) / group * group;
        for (long done = 0; done < whole.FrameCount; done += length)
        {
            foreach (SourcePiece part in clock.Split(whole.FirstFrame + done, Math.Min(length, whole.FrameCount - done)))
            {
                yield return part;
            }
        }
    }

    private static IEnumerable<MutedSpan> Muted(SceneRegion region, int index, SourcePiece piece, Dictionary<string, IReadOnlyList<TimeInterval>> off, int frameRate)
    {
        if (region.IsScreenshare || !off.TryGetValue(region.ParticipantId, out IReadOnlyList<TimeInterval>? times))
        {
            yield break;
        }

        long endUs = piece.RecordingUs + (piece.FrameCount * 1_000_000 / frameRate);
        foreach (TimeInterval time in times)
        {
            long first = Frame(time.StartUs);
            long end = Frame(time.EndUs);
            if (time.EndUs > piece.RecordingUs && time.StartUs < endUs && end > first)
            {
                yield return new MutedSpan(index, first, end);
            }
        }

        long Frame(long timeUs) => Math.Clamp((long)Math.Round((timeUs - piece.RecordingUs) * frameRate / 1e6), 0, piece.FrameCount);
    }
}

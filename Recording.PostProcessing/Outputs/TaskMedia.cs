using System.Text.Json;
using Recording.Model;

namespace Recording.PostProcessing.Outputs;

/// <summary>Fetches what a task needs of the remuxed tracks, and no more: of pictures the part that a chunk shows, of sound the range that is heard.</summary>
/// <param name="files">The recording.</param>
/// <param name="workPrefix">Where the results of remuxing are.</param>
/// <param name="plan">The composition.</param>
/// <param name="scratch">Where files go.</param>
internal sealed class TaskMedia(IRecordingFiles files, string workPrefix, CompositionPlan plan, DirectoryInfo scratch)
{
    // Sound that begins before a range is decoded from a little earlier.
    private const long LeadUs = 1_000_000;
    private int _count;

    /// <summary>Where the result of remuxing a participant's tracks is.</summary>
    public static string RemuxFile(string workPrefix, int group) => $"{workPrefix}remux-{group}.json";

    /// <summary>The results of remuxing some tracks.</summary>
    /// <exception cref="RecordingException">4004: they are gone.</exception>
    public async Task<IReadOnlyList<RemuxedTrack>> RemuxedAsync(IEnumerable<string> trackIds, CancellationToken cancellationToken)
    {
        HashSet<string> wanted = new(trackIds, StringComparer.Ordinal);
        List<RemuxedTrack> tracks = [];
        foreach (RemuxGroup group in plan.Groups.Where(group => group.Tracks.Any(track => wanted.Contains(track.TrackId))))
        {
            byte[] json = await files.ReadAsync(RemuxFile(workPrefix, group.Index), cancellationToken)
                ?? throw new RecordingException(RecordingErrorCode.NotFound, $"the result of remuxing {group.ParticipantId} is not there any more");
            tracks.AddRange((JsonSerializer.Deserialize<RemuxedTrack[]>(json) ?? []).Where(track => wanted.Contains(track.TrackId)));
        }

        return tracks;
    }

    /// <summary>The parts of video tracks that a chunk shows.</summary>
    public async Task<IReadOnlyDictionary<string, TrackPictures>> PicturesAsync(PlannedChunk chunk, CancellationToken cancellationToken)
    {
        Dictionary<string, TrackPictures> media = new(StringComparer.Ordinal);
        foreach (RemuxedTrack track in await RemuxedAsync(chunk.TrackIds(), cancellationToken))
        {
            if (track is not { File: { } file, Index: { } index })
            {
                continue;
            }

            PlannedPiece[] shown = [.. chunk.Pieces.Where(piece => piece.Regions.Any(region => region.TrackId == track.TrackId))];
            (long offset, long length) = index.Range(shown.Min(piece => piece.RecordingUs), shown.Max(piece => piece.EndUs(plan.Settings.FrameRate)));
            if (length > 0)
            {
                FileInfo local = Next();
                await files.FetchPartsAsync(track.Mezzanine ?? file, [(0, index.HeaderBytes), (offset, length)], local, cancellationToken);
                media.Add(track.TrackId, new TrackPictures(local, track.Turns));
            }
        }

        return media;
    }

    /// <summary>Tracks that are heard.</summary>
    public async Task<IReadOnlyList<AudioSource>> SoundAsync(IReadOnlyList<string> trackIds, CancellationToken cancellationToken)
    {
        List<AudioSource> sources = [];
        long fromUs = plan.Spans.Count > 0 ? plan.Spans[0].Source.StartUs : 0;
        long toUs = plan.Spans.Count > 0 ? plan.Spans[^1].Source.EndUs : 0;
        foreach (RemuxedTrack track in await RemuxedAsync(trackIds, cancellationToken))
        {
            if (track is not { File: { } file, Index: { } index })
            {
                continue;
            }

            (long offset, long length) = index.Range(Math.Max(0, fromUs - LeadUs), toUs);
            if (length == 0)
            {
                continue;
            }

            FileInfo local = Next();
            await files.FetchPartsAsync(file, [(0, index.HeaderBytes), (offset, length)], local, cancellationToken);
            List<AudioSection> sections = await Task.Run(() => AudioSection.Divide(local, track.ResumesUs, Next), cancellationToken);
            if (sections.Count > 0)
            {
                sources.Add(new AudioSource(track.TrackId, sections, plan.Muted.TryGetValue(track.TrackId, out IReadOnlyList<Timeline.TimeInterval>? muted) ? muted : []));
            }
        }

        return sources;
    }

    /// <summary>A track as a whole.</summary>
    public async Task<FileInfo> WholeAsync(RemuxedTrack track, CancellationToken cancellationToken)
    {
        FileInfo local = Next();
        await files.FetchAsync(track.File!, local, cancellationToken);
        return local;
    }

    private FileInfo Next() => new(Path.Combine(scratch.FullName, $"media-{_count++}.mkv"));
}

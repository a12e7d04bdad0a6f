using Recording.Model;

namespace Recording.Media.TrackFiles;

/// <summary>
/// Makes one track file of a track's committed segments: a pure function of the list, so the same segments give the same bytes.
/// Streams through memory for one block; every checksum is verified on the way.
/// </summary>
public static class TrackAssembler
{
    /// <summary>Writes the file and returns what was counted.</summary>
    /// <param name="segments">
    /// The committed list. Epochs follow each other as they first appear in it; inside an epoch segments are ordered by
    /// <see cref="SegmentKey.AssemblyOrder"/>, those that others cover are skipped unopened, overlaps are trimmed.
    /// </param>
    /// <param name="output">Where the file goes; flushed, not closed. On an error it holds a part that must be thrown away.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="RecordingException">4004: a segment is not there, or the list is empty. 4005: a segment is damaged, cut short, or holds other than its name says.</exception>
    public static async Task<AssemblyResult> AssembleAsync(
        IReadOnlyList<SegmentSource> segments,
        Stream output,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(segments);
        ArgumentNullException.ThrowIfNull(output);
        if (segments.Count == 0)
        {
            throw new RecordingException(RecordingErrorCode.NotFound, "A track without segments cannot be assembled.");
        }

        using var run = new AssemblyRun(output);
        foreach (IGrouping<ulong, SegmentSource> epoch in segments.GroupBy(segment => segment.Key.Epoch))
        {
            run.BeginEpoch(epoch.Key);
            foreach (SegmentSource segment in epoch.OrderBy(segment => segment.Key, SegmentKey.AssemblyOrder))
            {
                if (!run.Holds(segment.Key))
                {
                    await run.AddAsync(segment, cancellationToken);
                }
            }

            await run.EndEpochAsync(cancellationToken);
        }

        return await run.FinishAsync(cancellationToken);
    }
}

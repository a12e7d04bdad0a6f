using System.Text;
using Recording.Grains.Recordings.State;
using Recording.Media.TrackFiles;
using Recording.Storage;

namespace Recording.Grains.Recordings;

/// <summary>Ends a track: tells its grain, puts up the <c>SEALED</c> object, and lists what is stored. The caller commits the list.</summary>
internal sealed class TrackSealer(IObjectStore store, IRecordingNeighbours neighbours)
{
    /// <summary>Ordered segments; null = the track's grain is still writing.</summary>
    /// <param name="recordingId">The recording.</param>
    /// <param name="prefix">Its key prefix.</param>
    /// <param name="trackId">The track.</param>
    /// <param name="insist">Take what is stored even if the grain still writes or does not answer.</param>
    /// <param name="cancellationToken">Ends the calls to the store.</param>
    public async Task<IReadOnlyList<SegmentEntry>?> SealAsync(string recordingId, string prefix, string trackId, bool insist, CancellationToken cancellationToken)
    {
        if (!await StopTakingAsync(recordingId, trackId, insist))
        {
            return null;
        }

        // Refused when it is there already: an earlier attempt or another runner came this far, and the list may be made all the same.
        _ = await store.PutAsync(RecordingKeys.Sealed(prefix, trackId), Encoding.UTF8.GetBytes(recordingId), PutCondition.Absent, cancellationToken);
        return await ListAsync(prefix, trackId, cancellationToken);
    }

    /// <summary>Segments that are stored now, in order of assembly.</summary>
    public async Task<IReadOnlyList<SegmentEntry>> ListAsync(string prefix, string trackId, CancellationToken cancellationToken)
    {
        var folder = RecordingKeys.Segments(prefix, trackId);
        Dictionary<SegmentKey, long> found = [];
        await foreach (var info in store.ListAsync(folder, cancellationToken))
        {
            if (SegmentKey.TryParse(info.Key, out var key))
            {
                found[key] = info.Size;
            }
        }

        var ordered = await EpochOrder.SortAsync(store, folder, found.Keys, cancellationToken);
        return [.. ordered.Select(key => new SegmentEntry { Name = key.FileName, Size = found[key] })];
    }

    private async Task<bool> StopTakingAsync(string recordingId, string trackId, bool insist)
    {
        try
        {
            return await neighbours.SealTrackAsync(recordingId, trackId) || insist;
        }
        catch (Exception) when (insist)
        {
            return true;
        }
    }
}

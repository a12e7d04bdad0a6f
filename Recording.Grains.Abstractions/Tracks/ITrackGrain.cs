using Orleans.Concurrency;

namespace Recording.Grains.Abstractions.Tracks;

/// <summary>One recorded track; key <c>{recording_id}/{track_id}</c>. Takes batches, writes segments, knows what is stored. Has no persisted state.</summary>
[Alias("recording.ITrackGrain")]
public interface ITrackGrain : IGrainWithStringKey
{
    /// <summary>Says where the track is stored and from where the gateway continues. Repeatable; needed after each activation.</summary>
    [Alias("Open")]
    [ResponseTimeout("00:00:02")]
    Task<AppendResult> Open(TrackOpening opening);

    /// <summary>Takes packets in index order; an empty batch asks for the answer only.</summary>
    [Alias("Append")]
    [ResponseTimeout("00:00:01")]
    Task<AppendResult> Append(TrackBatch batch);

    /// <summary>Stores what is open now; answers at once, the stored index follows by Append.</summary>
    [Alias("Flush")]
    Task Flush();

    /// <summary>Takes nothing more: later Appends are answered <see cref="AppendStatus.Sealed"/>. What was accepted is stored when it returns true; false = still writing, call again.</summary>
    [Alias("Seal")]
    Task<bool> Seal();

    /// <summary>Figures since this activation.</summary>
    [Alias("GetFigures")]
    [ReadOnly]
    Task<TrackFigures> GetFigures();
}

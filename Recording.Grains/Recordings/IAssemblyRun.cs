using Recording.Grains.Recordings.State;

namespace Recording.Grains.Recordings;

/// <summary>Makes one file of a track's segments.</summary>
internal interface IAssemblyRun
{
    /// <summary>Streams the segments into <c>{prefix}tracks/{track_id}.rtp</c>; the same list gives the same bytes.</summary>
    /// <exception cref="SegmentMissingException">A segment of the list is not in the store.</exception>
    Task<AssembledTrack> RunAsync(AssemblyRequest request, CancellationToken cancellationToken);
}

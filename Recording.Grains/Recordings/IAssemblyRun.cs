using Recording.Grains.Recordings.State;

namespace Recording.Grains.Recordings;

/// <summary>Makes one file of a track's segments.</summary>
internal interface IAssemblyRun
{
    /// <summary>Streams the segments, and what the base file holds, into one file; the same list gives the same bytes.</summary>
    /// <returns>What was made; null = nothing in the segments could be read.</returns>
    /// <exception cref="SegmentMissingException">A segment of the list is not in the store.</exception>
    /// <exception cref="SegmentDamagedException">A segment of the list does not pass its checksums.</exception>
    /// <exception cref="BaseDamagedException">The base file is gone or is not what was committed.</exception>
    Task<AssembledTrack?> RunAsync(AssemblyRequest request, CancellationToken cancellationToken);
}

namespace Recording.Grains.Recordings.State;

/// <summary>How far a track is on its way to one file; it only goes forward, except that segments found late take it back to Sealed.</summary>
public enum TrackPhase
{
    /// <summary>Packets may come.</summary>
    Live,

    /// <summary>The list of segments is committed.</summary>
    Sealed,

    /// <summary>The file is stored and its hash committed.</summary>
    Assembled,

    /// <summary>The file holds everything that was stored when this was committed; only from here on segments are deleted.</summary>
    Cleaning,

    /// <summary>The segments are gone.</summary>
    Complete,
}

namespace Recording.Grains.Recordings.State;

/// <summary>How far a track is on its way to one file; it only goes forward, except that a segment found late takes it back to Sealed.</summary>
public enum TrackPhase
{
    /// <summary>Packets may come.</summary>
    Live,

    /// <summary>The list of segments is committed.</summary>
    Sealed,

    /// <summary>The file is stored and its hash committed.</summary>
    Assembled,

    /// <summary>The segments are gone.</summary>
    Complete,
}

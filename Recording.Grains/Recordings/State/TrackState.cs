using Recording.Grains.Abstractions.Recordings;

namespace Recording.Grains.Recordings.State;

/// <summary>What is stored of one track.</summary>
public sealed class TrackState
{
    /// <summary>As the room registered it.</summary>
    public required TrackRegistration Registration { get; set; }

    /// <summary>How far it is.</summary>
    public TrackPhase Phase { get; set; }

    /// <summary>Sessions that gateways told of.</summary>
    public List<EpochState> Epochs { get; set; } = [];

    /// <summary>When a gateway last said that packets are on their way, our clock, µs since 1970; 0 = never.</summary>
    public long ResumedAtUs { get; set; }

    /// <summary>The committed list, in order of assembly.</summary>
    public List<SegmentEntry> Segments { get; set; } = [];

    /// <summary>Holes that are known without reading the packets.</summary>
    public List<TrackGap> KnownGaps { get; set; } = [];

    /// <summary>Figures and hash of the file; null = not assembled, or nothing was stored.</summary>
    public AssembledTrack? Assembled { get; set; }

    /// <summary>Code of a fault that its file was completed in spite of; 0 = none.</summary>
    public int ErrorCode { get; set; }

    /// <summary>The track.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string TrackId => Registration.TrackId;
}

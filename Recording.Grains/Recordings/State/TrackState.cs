using System.Text.Json.Serialization;
using Recording.Grains.Abstractions.Recordings;
using Recording.Storage;

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

    /// <summary>How often the list changed after it was first committed; it names the file, so that no two lists ever write the same one.</summary>
    public int Revision { get; set; }

    /// <summary>The complete file that the list adds to; null = the list is all there is.</summary>
    public TrackBase? Base { get; set; }

    /// <summary>Sessions whose packets a spool brings after the seal.</summary>
    public List<EpochState> Late { get; set; } = [];

    /// <summary>Holes that are known without reading the packets.</summary>
    public List<TrackGap> KnownGaps { get; set; } = [];

    /// <summary>Figures and hash of the file; null = not assembled, or nothing was stored.</summary>
    public AssembledTrack? Assembled { get; set; }

    /// <summary>Code of a fault that its file was completed in spite of; 0 = none.</summary>
    public int ErrorCode { get; set; }

    /// <summary>The track.</summary>
    [JsonIgnore]
    public string TrackId => Registration.TrackId;

    /// <summary>Nothing is left to do, and nothing is on its way.</summary>
    [JsonIgnore]
    public bool IsSettled => Phase == TrackPhase.Complete && Late.Count == 0;

    /// <summary>Its file, relative to the prefix.</summary>
    [JsonIgnore]
    public string File => Assembled is { File.Length: > 0 } assembled ? assembled.File : RecordingKeys.TrackFile(TrackId);
}

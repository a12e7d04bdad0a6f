using System.Text.Json;
using System.Text.Json.Serialization;

namespace Recording.EndToEnd.Chaos;

/// <summary>What a run of the chaos suite found: its last line.</summary>
public sealed record ChaosResult
{
    /// <summary>Faults that were made.</summary>
    [JsonPropertyName("faults")] public int Faults { get; init; }

    /// <summary>Packets that SFUs sent.</summary>
    [JsonPropertyName("sent")] public long Sent { get; init; }

    /// <summary>Packets in the track files.</summary>
    [JsonPropertyName("stored")] public long Stored { get; init; }

    /// <summary>Sent, not stored, and not reported as damaged at their place.</summary>
    [JsonPropertyName("lost")] public long Lost { get; init; }

    /// <summary>Stored more often than sent.</summary>
    [JsonPropertyName("duplicated")] public long Duplicated { get; init; }

    /// <summary>Recordings that there are.</summary>
    [JsonPropertyName("recordings")] public int Recordings { get; init; }

    /// <summary>Rooms that were recorded and have not exactly one recording, completed and whole.</summary>
    [JsonPropertyName("unfinished")] public int Unfinished { get; init; }

    /// <summary>The most that a process of the service held, MiB.</summary>
    [JsonPropertyName("max_rss_mb")] public long MaxRssMb { get; init; }

    /// <summary>Packets that lay in a block that the suite damaged, and are reported so.</summary>
    [JsonIgnore] public long Damaged { get; init; }

    /// <summary>Everything that is not as it has to be, in words.</summary>
    [JsonIgnore] public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Whether all is as it has to be.</summary>
    [JsonIgnore] public bool IsGood => Problems.Count == 0 && Lost == 0 && Duplicated == 0 && Unfinished == 0;

    /// <summary>Both runs as one.</summary>
    public static ChaosResult operator +(ChaosResult left, ChaosResult right) => new()
    {
        Faults = left.Faults + right.Faults,
        Sent = left.Sent + right.Sent,
        Stored = left.Stored + right.Stored,
        Lost = left.Lost + right.Lost,
        Duplicated = left.Duplicated + right.Duplicated,
        Recordings = left.Recordings + right.Recordings,
        Unfinished = left.Unfinished + right.Unfinished,
        MaxRssMb = Math.Max(left.MaxRssMb, right.MaxRssMb),
        Damaged = left.Damaged + right.Damaged,
        Problems = [.. left.Problems, .. right.Problems],
    };

    /// <summary>One JSON object.</summary>
    public override string ToString() => JsonSerializer.Serialize(this);
}

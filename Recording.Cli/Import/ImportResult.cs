using System.Text.Json.Serialization;

namespace Recording.Cli.Import;

/// <summary>What an import made, as its command prints it.</summary>
public sealed record ImportResult
{
    /// <summary>Everything in the captures was read; false when a capture is damaged, ends inside a record, or was cut when it was taken.</summary>
    [JsonPropertyName("ok")] public bool Ok => Defects.Count == 0 && Counts is { Cut: 0, Incomplete: 0, Damaged: 0, BeyondLimit: 0 };

    /// <summary>Where it lies.</summary>
    [JsonPropertyName("directory")] public required string Directory { get; init; }

    /// <summary>Its id.</summary>
    [JsonPropertyName("recording_id")] public required string RecordingId { get; init; }

    /// <summary>From the first packet to the last.</summary>
    [JsonPropertyName("duration_s")] public required double DurationSeconds { get; init; }

    /// <summary>In order of appearance.</summary>
    [JsonPropertyName("peers")] public required IReadOnlyList<ImportedPeer> Peers { get; init; }

    /// <summary>In order of their first packet.</summary>
    [JsonPropertyName("tracks")] public required IReadOnlyList<ImportedTrack> Tracks { get; init; }

    /// <summary>Sources that became no track, and why.</summary>
    [JsonPropertyName("left_out")] public required IReadOnlyList<ImportLeftOut> LeftOut { get; init; }

    /// <summary>What the captures hold besides.</summary>
    [JsonPropertyName("counts")] public required ImportCounts Counts { get; init; }

    /// <summary>What of the captures could not be read.</summary>
    [JsonPropertyName("defects")] public required IReadOnlyList<string> Defects { get; init; }
}

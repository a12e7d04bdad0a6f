using System.Text.Json.Serialization;

namespace Recording.Cli.Export;

/// <summary>What an export wrote, as its command prints it.</summary>
public sealed record ExportResult
{
    /// <summary>Everything that the format can hold was written; false when a track file is damaged or a packet did not fit.</summary>
    [JsonPropertyName("ok")] public bool Ok => Damaged == 0 && DidNotFit == 0;

    /// <summary>pcapng, rtpdump or mjr.</summary>
    [JsonPropertyName("format")] public required string Format { get; init; }

    /// <summary>Files, the SDPs beside them included.</summary>
    [JsonPropertyName("files")] public required IReadOnlyList<ExportedFile> Files { get; init; }

    /// <summary>Damaged stretches of the track files.</summary>
    [JsonPropertyName("damaged")] public long Damaged { get; init; }

    /// <summary>Packets longer than a record can be, or over 49 days after the first.</summary>
    [JsonPropertyName("did_not_fit")] public long DidNotFit { get; init; }

    /// <summary>Sender reports that the format cannot hold.</summary>
    [JsonPropertyName("left_out_reports")] public long LeftOutReports { get; init; }

    /// <summary>Retransmissions and protection that the format cannot hold.</summary>
    [JsonPropertyName("left_out_repair")] public long LeftOutRepair { get; init; }

    /// <summary>Packets that are there, but that janus-pp-rec drops because they are longer than 1500 bytes.</summary>
    [JsonPropertyName("longer_than_janus_reads")] public long LongerThanJanusReads { get; init; }
}

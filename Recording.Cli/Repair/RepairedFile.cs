using System.Text.Json.Serialization;
using Recording.Simulator.Verification;

namespace Recording.Cli.Repair;

/// <summary>A track file that was looked at.</summary>
public sealed record RepairedFile
{
    /// <summary>The file as it was.</summary>
    [JsonPropertyName("file")] public required string File { get; init; }

    /// <summary>The repaired one; null = nothing had to be repaired.</summary>
    [JsonPropertyName("output"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Output { get; init; }

    /// <summary>Where the damaged one was kept, when the repaired one took its name.</summary>
    [JsonPropertyName("kept"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Kept { get; init; }

    /// <summary>RTP packets in the repaired file.</summary>
    [JsonPropertyName("packets")] public long Packets { get; init; }

    /// <summary>Indexes that are lost at damage or missing, those that only markers of before tell of not counted.</summary>
    [JsonPropertyName("lost_packets")] public ulong LostPackets { get; init; }

    /// <summary>Bytes that could not be used.</summary>
    [JsonPropertyName("damaged_bytes")] public long DamagedBytes { get; init; }

    /// <summary>Blocks that were there twice, left out.</summary>
    [JsonPropertyName("duplicate_blocks")] public long DuplicateBlocks { get; init; }

    /// <summary>The file's own header was gone.</summary>
    [JsonPropertyName("header_replaced")] public bool HeaderReplaced { get; init; }

    /// <summary>What could not be used.</summary>
    [JsonPropertyName("damage")] public IReadOnlyList<DamagePlace> Damage { get; init; } = [];

    /// <summary>Of the repaired file, lower-case hex.</summary>
    [JsonPropertyName("sha256")] public string Sha256 { get; init; } = "";
}

using System.Text.Json.Serialization;

namespace Recording.Cli.Repair;

/// <summary>What a repair found and made, as its command prints it.</summary>
public sealed record RepairReport
{
    /// <summary>Nothing was lost: every file was sound, or lacked only what can be made again.</summary>
    [JsonPropertyName("ok")] public bool Ok => Files.All(file => file is { LostPackets: 0, HeaderReplaced: false, DamagedBytes: 0 });

    /// <summary>Files looked at.</summary>
    [JsonPropertyName("files")] public required IReadOnlyList<RepairedFile> Files { get; init; }

    /// <summary>The metadata.json that was brought up to date; null = none was.</summary>
    [JsonPropertyName("metadata"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Metadata { get; init; }
}

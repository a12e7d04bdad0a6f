using System.Globalization;
using System.Text.Json.Serialization;
using Recording.Media.TrackFiles;

namespace Recording.Simulator.Verification;

/// <summary>A damaged stretch of a stored file, as reports print it.</summary>
public sealed record DamagePlace
{
    /// <summary>The file, relative to what was looked at.</summary>
    [JsonPropertyName("file"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? File { get; init; }

    /// <summary>First byte.</summary>
    [JsonPropertyName("offset")] public required long Offset { get; init; }

    /// <summary>Bytes.</summary>
    [JsonPropertyName("length")] public required long Length { get; init; }

    /// <summary>What was wrong there.</summary>
    [JsonPropertyName("reason")] public required string Reason { get; init; }

    /// <summary>Number of the block, from 0.</summary>
    [JsonPropertyName("block")] public required long Block { get; init; }

    /// <summary>Epoch, decimal (a JSON number would lose digits); null = not known.</summary>
    [JsonPropertyName("epoch"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Epoch { get; init; }

    /// <summary>First index that is lost; null = none, or not known.</summary>
    [JsonPropertyName("first_index"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ulong? FirstIndex { get; init; }

    /// <summary>Last index that is lost; null = none, or not known.</summary>
    [JsonPropertyName("last_index"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public ulong? LastIndex { get; init; }

    /// <summary>Time of the lost block, or of the one before, µs since 1970; null = not known.</summary>
    [JsonPropertyName("from_us"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? FromUs { get; init; }

    /// <summary>Time of the next sound block, µs since 1970; null = there is none.</summary>
    [JsonPropertyName("to_us"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? ToUs { get; init; }

    /// <summary>From what a reader noted.</summary>
    public static DamagePlace From(Damage damage, string? file = null) => new()
    {
        File = file,
        Offset = damage.Offset,
        Length = damage.Length,
        Reason = damage.Reason.ToString(),
        Block = damage.Block,
        Epoch = damage.Epoch == 0 ? null : damage.Epoch.ToString(CultureInfo.InvariantCulture),
        FirstIndex = damage.FirstIndex == 0 || (damage.LastIndex != 0 && damage.LostIndexes == 0) ? null : damage.FirstIndex,
        LastIndex = damage.LostIndexes == 0 ? null : damage.LastIndex,
        FromUs = damage.FromUs == 0 ? null : damage.FromUs,
        ToUs = damage.ToUs == 0 ? null : damage.ToUs,
    };
}

using System.Text.Json.Serialization;

namespace Recording.Model.Documents;

/// <summary>metadata.json: the plan's recording-metadata-v1 with this service's additions (docs/schemas/metadata.schema.json).</summary>
public sealed record MetadataDocument
{
    /// <summary>Name of the schema.</summary>
    public const string SchemaName = "recording-metadata-v1";

    /// <summary>Always <see cref="SchemaName"/>.</summary>
    [JsonPropertyName("$schema")] public string Schema { get; init => field = value ?? SchemaName; } = SchemaName;

    /// <summary>recording (not ended, or not complete yet), completed, interrupted or failed.</summary>
    public required string Status { get; init; }

    /// <summary>When the recording was deleted: its files are gone, this document stays; null = it is there.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Who deleted it: <c>retention</c>, or who asked; null = it is there.</summary>
    public string? DeletedBy { get; init; }

    /// <summary>Under legal hold it is kept whatever the policy says; null = it is not.</summary>
    public bool? LegalHold { get; init; }

    /// <summary>The room.</summary>
    public required RoomSection Room { get; init; }

    /// <summary>The last policy in force.</summary>
    public required PolicySnapshot PolicySnapshot { get; init; }

    /// <summary>Who was there, with their tracks.</summary>
    public required IReadOnlyList<ParticipantSection> Participants { get; init; }

    /// <summary>Origin, and all events but <c>active_speaker</c> and <c>producer_quality</c>.</summary>
    public required TimelineSection Timeline { get; init; }

    /// <summary>The recording itself.</summary>
    public required RecordingSection Recording { get; init; }

    /// <summary>Files made from it.</summary>
    public IReadOnlyList<OutputSection> Outputs { get; init => field = value ?? []; } = [];

    /// <summary>Hashes of every file but this one.</summary>
    public IntegritySection Integrity { get; init => field = value ?? new(); } = new();
}

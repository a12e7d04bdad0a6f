using System.Text.Json.Serialization;

namespace Recording.Simulator.Verification;

/// <summary>What a comparison of stored recordings with themselves and a ledger found. All counts are packets unless said otherwise.</summary>
public sealed record VerificationReport
{
    /// <summary>Problems that are told one by one; the counts hold all.</summary>
    public const int MaxProblems = 50;

    /// <summary>Nothing is missing, extra, duplicated, damaged or out of order.</summary>
    [JsonPropertyName("ok")] public bool Ok => Missing == 0 && Extra == 0 && Duplicated == 0 && Damaged == 0 && Mismatched == 0 && Holes == 0 && Disordered == 0;

    /// <summary>Recordings found.</summary>
    [JsonPropertyName("recordings")] public int Recordings { get; init; }

    /// <summary>Tracks found.</summary>
    [JsonPropertyName("tracks")] public int Tracks { get; init; }

    /// <summary>Stored packets, each index once.</summary>
    [JsonPropertyName("stored")] public long Stored { get; init; }

    /// <summary>Lines of the ledger; null = compared without one.</summary>
    [JsonPropertyName("sent"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? Sent { get; init; }

    /// <summary>In the ledger, not stored.</summary>
    [JsonPropertyName("missing")] public long Missing { get; init; }

    /// <summary>In the ledger, not stored, and known to be gone.</summary>
    [JsonPropertyName("excused"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] public long Excused { get; init; }

    /// <summary>Stored, not in the ledger at all.</summary>
    [JsonPropertyName("extra")] public long Extra { get; init; }

    /// <summary>Stored more often than sent, or one (epoch, index) twice in a track.</summary>
    [JsonPropertyName("duplicated")] public long Duplicated { get; init; }

    /// <summary>Damaged stretches of track files and segments.</summary>
    [JsonPropertyName("damaged")] public long Damaged { get; init; }

    /// <summary>Indexes that complete track files lack and no marker tells of.</summary>
    [JsonPropertyName("holes")] public ulong Holes { get; init; }

    /// <summary>Blocks of complete track files that stand behind a later one.</summary>
    [JsonPropertyName("disordered")] public long Disordered { get; init; }

    /// <summary>Files that are not as metadata.json says: absent, of another size, of another hash.</summary>
    [JsonPropertyName("mismatched")] public int Mismatched { get; init; }

    /// <summary>Indexes whose packet was refused or came while paused.</summary>
    [JsonPropertyName("empty")] public long Empty { get; init; }

    /// <summary>Sender reports.</summary>
    [JsonPropertyName("reports")] public long Reports { get; init; }

    /// <summary>Lines of the ledger that were cut by the end of its process.</summary>
    [JsonPropertyName("cut_lines")] public int CutLines { get; init; }

    /// <summary>The first damaged stretches, with their places.</summary>
    [JsonPropertyName("damage")] public IReadOnlyList<DamagePlace> Damage { get; init; } = [];

    /// <summary>The first problems in words.</summary>
    [JsonPropertyName("problems")] public IReadOnlyList<string> Problems { get; init; } = [];
}

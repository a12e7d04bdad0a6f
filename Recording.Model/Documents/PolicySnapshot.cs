namespace Recording.Model.Documents;

/// <summary>What metadata.json says of the policy that was in force at the end (the plan's <c>policy_snapshot</c>).</summary>
public sealed record PolicySnapshot
{
    /// <summary>Whether the room might be recorded.</summary>
    public required bool RecordingEnabled { get; init; }

    /// <summary>host, co_host, panelist or all.</summary>
    public required string WhoCanRecord { get; init; }

    /// <summary>host, co_host, panelist or all; empty = host.</summary>
    public string WhoCanDownload { get; init => field = value ?? ""; } = "";

    /// <summary>Started with the first producer.</summary>
    public required bool AutoRecord { get; init; }

    /// <summary>Days until deletion; 0 = keep.</summary>
    public required int RetentionDays { get; init; }

    /// <summary>Participants are told.</summary>
    public bool NotifyParticipants { get; init; }

    /// <summary>What the recording gets without being asked for, as it was named; absent = nothing.</summary>
    public IReadOnlyList<string>? Outputs { get; init; }

    /// <summary>From a policy.</summary>
    public static PolicySnapshot From(RecordingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return new PolicySnapshot
        {
            RecordingEnabled = policy.Enabled,
            WhoCanRecord = policy.WhoCanRecord,
            WhoCanDownload = policy.WhoCanDownload,
            AutoRecord = policy.AutoRecord,
            RetentionDays = policy.RetentionDays,
            NotifyParticipants = policy.NotifyParticipants,
            Outputs = policy.Outputs.Count == 0 ? null : policy.Outputs,
        };
    }
}

namespace Recording.Model.Documents;

/// <summary>A room policy as SFUs write it: <c>features.recording</c> and <c>roles</c> (plan, 4.2).</summary>
public sealed record RoomPolicyDocument
{
    /// <summary>Features; only recording is kept.</summary>
    public required PolicyFeatures Features { get; init; }

    /// <summary>Who is what.</summary>
    public required PolicyRoles Roles { get; init; }

    /// <summary>From a policy.</summary>
    public static RoomPolicyDocument From(RecordingPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return new RoomPolicyDocument
        {
            Features = new PolicyFeatures
            {
                Recording = new RecordingFeature
                {
                    Enabled = policy.Enabled,
                    AutoRecord = policy.AutoRecord,
                    WhoCanRecord = policy.WhoCanRecord,
                    WhoCanDownload = policy.WhoCanDownload,
                    RecordAudio = policy.RecordAudio,
                    RecordVideo = policy.RecordVideo,
                    RecordScreenshare = policy.RecordScreenshare,
                    RecordAudioOnly = policy.RecordAudioOnly,
                    RetentionDays = policy.RetentionDays,
                    NotifyParticipants = policy.NotifyParticipants,
                    Outputs = policy.Outputs.Count == 0 ? null : policy.Outputs,
                },
            },
            Roles = new PolicyRoles
            {
                HostId = policy.HostId,
                CoHostIds = policy.CoHostIds,
                PanelistIds = policy.PanelistIds,
            },
        };
    }
}

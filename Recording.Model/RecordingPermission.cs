namespace Recording.Model;

/// <summary>Who a policy lets record or download (plan, check 2); one rule for both.</summary>
public static class RecordingPermission
{
    /// <summary>Whether the peer may start, pause and stop recordings. Says nothing of <see cref="RecordingPolicy.Enabled"/>.</summary>
    public static bool MayRecord(RecordingPolicy policy, string? peerId) => Allows(policy.WhoCanRecord, policy, peerId);

    /// <summary>Whether the peer may download. For <c>all</c> the caller checks besides that the peer was in the room.</summary>
    public static bool MayDownload(RecordingPolicy policy, string? peerId) => Allows(policy.WhoCanDownload, policy, peerId);

    /// <summary>
    /// <c>host</c>: the host; <c>co_host</c>: host or co-hosts; <c>panelist</c>: those or panelists; <c>all</c>: any peer; anything else or
    /// nothing: the host. Ids are compared without their <c>sharescreen_</c> prefix; an empty id is nobody.
    /// </summary>
    public static bool Allows(string? who, RecordingPolicy policy, string? peerId)
    {
        if (string.IsNullOrEmpty(peerId))
        {
            return false;
        }

        var isHost = PeerIdentity.IsSame(peerId, policy.HostId);
        return who switch
        {
            "all" => true,
            "co_host" => isHost || IsIn(policy.CoHostIds, peerId),
            "panelist" => isHost || IsIn(policy.CoHostIds, peerId) || IsIn(policy.PanelistIds, peerId),
            _ => isHost,
        };
    }

    private static bool IsIn(IReadOnlyList<string> ids, string peerId)
    {
        foreach (var id in ids)
        {
            if (PeerIdentity.IsSame(id, peerId))
            {
                return true;
            }
        }

        return false;
    }
}

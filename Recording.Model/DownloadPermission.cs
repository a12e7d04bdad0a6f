namespace Recording.Model;

/// <summary>Who may download a recording (plan, <c>who_can_download</c>).</summary>
public static class DownloadPermission
{
    /// <summary>
    /// By the newest policy of the recording. <c>all</c> means everybody who was in the room while it was recorded; the other values name roles,
    /// and a host who never joined may still download.
    /// </summary>
    /// <param name="policy">The newest policy; null = none was known, so only the host.</param>
    /// <param name="participants">Normalised peer ids of everybody who was there while it was recorded.</param>
    /// <param name="peerId">Who asks.</param>
    /// <exception cref="RecordingException">5004 when it may not.</exception>
    public static void Require(RecordingPolicy? policy, IEnumerable<string> participants, string peerId)
    {
        ArgumentNullException.ThrowIfNull(participants);
        RecordingPolicy inForce = policy ?? RecordingPolicy.Default;
        if (!RecordingPermission.MayDownload(inForce, peerId))
        {
            string who = inForce.WhoCanDownload.Length > 0 ? inForce.WhoCanDownload : "host";
            throw new RecordingException(RecordingErrorCode.NotAuthorizedToDownload, $"The room's policy lets '{who}' download this recording; '{peerId}' is not among them.");
        }

        if (inForce.WhoCanDownload == "all" && !PeerIdentity.IsSame(peerId, inForce.HostId) && !participants.Any(participant => PeerIdentity.IsSame(participant, peerId)))
        {
            throw new RecordingException(RecordingErrorCode.NotAuthorizedToDownload, $"'{peerId}' was not in the room while it was recorded.");
        }
    }
}

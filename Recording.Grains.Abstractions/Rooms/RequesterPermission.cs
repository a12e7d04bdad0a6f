using Recording.Model;

namespace Recording.Grains.Abstractions.Rooms;

/// <summary>The role check for every kind of requester.</summary>
public static class RequesterPermission
{
    /// <summary>The room itself and admins pass; a peer by <see cref="RecordingPermission.MayRecord"/>.</summary>
    public static bool MayRecord(this Requester requester, RecordingPolicy policy) =>
        requester.Kind is RequesterKind.System or RequesterKind.Admin || RecordingPermission.MayRecord(policy, requester.Id);
}

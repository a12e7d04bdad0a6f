using Recording.Grains.Abstractions.Rooms;
using Recording.Model;

namespace Recording.Gateway.Api;

/// <summary>Who calls the API, as its credentials show.</summary>
/// <param name="Kind">Which credential was shown.</param>
/// <param name="Subject">Peer id of a participant's token, subject of an admin's.</param>
/// <param name="Room">The room a participant's token is for; never empty there. Others: null = any.</param>
public sealed record CallerIdentity(CallerKind Kind, string Subject, string? Room)
{
    /// <summary>The requester that a call is made for: a participant is always itself, the others may name a participant.</summary>
    /// <exception cref="RecordingException">5002 when a participant names somebody else or another room.</exception>
    public Requester For(string requesterId, string roomId)
    {
        if (Kind != CallerKind.Participant)
        {
            return requesterId.Length > 0 ? Requester.Peer(requesterId) : Requester.Admin(Subject);
        }

        RequireRoom(roomId);
        return requesterId.Length == 0 || requesterId == Subject
            ? Requester.Peer(Subject)
            : throw new RecordingException(RecordingErrorCode.NotAuthorizedToRecord, "A participant's token cannot ask in the name of somebody else.");
    }

    /// <summary>A participant's token reaches only its own room.</summary>
    /// <exception cref="RecordingException">5002 for another room, and for "all rooms" (empty).</exception>
    public void RequireRoom(string roomId)
    {
        if (Kind == CallerKind.Participant && (string.IsNullOrEmpty(roomId) || !string.Equals(Room, roomId, StringComparison.Ordinal)))
        {
            throw new RecordingException(RecordingErrorCode.NotAuthorizedToRecord, "This token is for another room.");
        }
    }
}

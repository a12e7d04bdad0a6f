namespace Recording.Grains.Abstractions.Rooms;

/// <summary>Who asks for something. Only the room itself makes <see cref="System"/>; admins and the SFU's own token pass the role check.</summary>
/// <param name="Kind">Peer, system or admin.</param>
/// <param name="Id">Peer id, or the admin's subject.</param>
[GenerateSerializer, Immutable, Alias("recording.Requester")]
public sealed record Requester(
    [property: Id(0)] RequesterKind Kind,
    [property: Id(1)] string Id)
{
    /// <summary>The room's own decision: auto-record.</summary>
    public static Requester System { get; } = new(RequesterKind.System, "system");

    /// <summary>A participant; the room's policy decides.</summary>
    public static Requester Peer(string peerId) => new(RequesterKind.Peer, peerId);

    /// <summary>An operator or a backend with an admin's right.</summary>
    public static Requester Admin(string subject) => new(RequesterKind.Admin, subject);
}

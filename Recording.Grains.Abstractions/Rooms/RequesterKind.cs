namespace Recording.Grains.Abstractions.Rooms;

/// <summary>What kind of requester.</summary>
public enum RequesterKind
{
    /// <summary>A participant.</summary>
    Peer,

    /// <summary>The room itself.</summary>
    System,

    /// <summary>An operator or backend.</summary>
    Admin,
}

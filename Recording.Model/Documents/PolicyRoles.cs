namespace Recording.Model.Documents;

/// <summary>The <c>roles</c> of a room policy.</summary>
public sealed record PolicyRoles
{
    /// <summary>Peer id.</summary>
    public required string HostId { get; init; }

    /// <summary>Peer ids.</summary>
    public required IReadOnlyList<string> CoHostIds { get; init; }

    /// <summary>Peer ids.</summary>
    public required IReadOnlyList<string> PanelistIds { get; init; }
}

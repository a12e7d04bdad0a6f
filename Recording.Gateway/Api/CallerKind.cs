namespace Recording.Gateway.Api;

/// <summary>Which credential a caller showed.</summary>
public enum CallerKind
{
    /// <summary>A JWT without the admin scope.</summary>
    Participant,

    /// <summary>A JWT with scope <c>recordings:admin</c>, or a loopback caller where nothing is configured.</summary>
    Admin,

    /// <summary>The SFU token.</summary>
    Sfu,
}

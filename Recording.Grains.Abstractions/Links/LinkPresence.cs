namespace Recording.Grains.Abstractions.Links;

/// <summary>Whether a gateway holds a link, as its grain knows it.</summary>
public enum LinkPresence
{
    /// <summary>The grain is too young to know.</summary>
    Unknown,

    /// <summary>A gateway attached lately.</summary>
    Attached,

    /// <summary>No gateway has attached for three periods.</summary>
    Absent,
}

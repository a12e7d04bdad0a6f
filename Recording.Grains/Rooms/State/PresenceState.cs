namespace Recording.Grains.Rooms.State;

/// <summary>One appearance of a participant: a peer id on a link.</summary>
public sealed class PresenceState
{
    /// <summary>On which link.</summary>
    public string LinkKey { get; set; } = "";

    /// <summary>As announced, with <c>sharescreen_</c> if so.</summary>
    public string PeerId { get; set; } = "";

    /// <summary>When it came.</summary>
    public EventStamp Joined { get; set; }
}

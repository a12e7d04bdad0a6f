namespace Recording.Grains.Rooms.State;

/// <summary>Something that ended, remembered against events about it that arrive late.</summary>
/// <param name="LinkKey">On which link.</param>
/// <param name="Id">Peer id or producer id.</param>
/// <param name="IsPeer">Which of both.</param>
/// <param name="Ended">When.</param>
/// <param name="Early">Its end arrived before its beginning.</param>
public sealed record Tombstone(string LinkKey, string Id, bool IsPeer, EventStamp Ended, bool Early);

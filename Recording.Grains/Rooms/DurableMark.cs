namespace Recording.Grains.Rooms;

/// <summary>How far a link's events are stored.</summary>
/// <param name="Fence">Fence of the sequence.</param>
/// <param name="Sequence">Gateway sequence stored.</param>
/// <param name="Epoch">Session of the index.</param>
/// <param name="EventIndex">SFU index stored.</param>
internal readonly record struct DurableMark(ulong Fence, long Sequence, ulong Epoch, ulong EventIndex);

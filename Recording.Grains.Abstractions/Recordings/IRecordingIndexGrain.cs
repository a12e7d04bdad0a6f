using Recording.Model;

namespace Recording.Grains.Abstractions.Recordings;

/// <summary>What recordings exist, one of 64 shards by hash of the room; key <c>0</c>..<c>63</c>. Its one reminder re-drives what is stuck.</summary>
[Alias("recording.IRecordingIndexGrain")]
public interface IRecordingIndexGrain : IGrainWithStringKey
{
    /// <summary>Adds or replaces an entry; durable when it returns. 2005: a new one, of a room that has used up its quota.</summary>
    [Alias("Put")]
    Task Put(RecordingSummary summary);

    /// <summary>Entries that match and are not deleted, newest first.</summary>
    /// <param name="roomId">Only this room; null = all of the shard.</param>
    /// <param name="status">Only this status; null = all.</param>
    /// <param name="before">Only ids ordinally lower than this; null = from the newest.</param>
    /// <param name="limit">At most so many.</param>
    [Alias("List")]
    Task<RecordingSummary[]> List(string? roomId, RecordingStatus? status, string? before, int limit);

    /// <summary>Ids of all its recordings, deleted ones too.</summary>
    [Alias("Known")]
    Task<string[]> Known();

    /// <summary>Activates the shard, drives its unfinished recordings and deletes what its policy lets go; at start of a silo.</summary>
    [Alias("Arm")]
    Task Arm();
}

using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Recording.Grains.Abstractions.Recordings;

/// <summary>Which shard of the index holds a room's recordings.</summary>
public static class IndexShards
{
    /// <summary>How many there are; changing it needs a rebuild of the index.</summary>
    public const int Count = 64;

    /// <summary>Keys of all shards.</summary>
    public static IEnumerable<string> All => Enumerable.Range(0, Count).Select(static shard => shard.ToString(CultureInfo.InvariantCulture));

    /// <summary>Key of the shard of a room: the same on every machine and in every version.</summary>
    public static string Of(string roomId) =>
        (XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(roomId)) % Count).ToString(CultureInfo.InvariantCulture);
}

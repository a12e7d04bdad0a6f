namespace Recording.Media.Captures.Import;

/// <summary>The newest timestamp of each sequence number of a source, in pages that come as they are needed (256 KiB in all).</summary>
internal sealed class SequenceTable
{
    private const int PageSize = 256;

    // A lost packet is not here, but others of its frame are: they are close and have the same timestamp.
    private const int Reach = 8;

    private readonly (uint Timestamp, bool IsSet)[]?[] _pages = new (uint, bool)[]?[PageSize];

    public void Set(ushort sequence, uint timestamp) => (_pages[sequence >> 8] ??= new (uint, bool)[PageSize])[sequence & 0xFF] = (timestamp, true);

    /// <summary>Whether a packet of this number, or one beside it, had this timestamp.</summary>
    public bool Matches(ushort sequence, uint timestamp)
    {
        for (int i = -Reach; i <= Reach; i++)
        {
            ushort near = unchecked((ushort)(sequence + i));
            if (_pages[near >> 8] is { } page && page[near & 0xFF] is (var known, true) && known == timestamp)
            {
                return true;
            }
        }

        return false;
    }
}

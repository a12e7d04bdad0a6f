namespace Recording.Grains.Abstractions.Tracks;

/// <summary>
/// Memory that gateway and track share where both live in one process. It is used again once every holder has let it go; who never does keeps it from that,
/// and it is left to the collector.
/// </summary>
public interface ISharedBlocks
{
    /// <summary>The caller goes on reading; only while somebody else holds it.</summary>
    void Hold();

    /// <summary>One holder reads no more.</summary>
    void LetGo();
}

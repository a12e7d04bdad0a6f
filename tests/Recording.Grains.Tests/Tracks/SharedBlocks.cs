using Recording.Grains.Abstractions.Tracks;

namespace Recording.Grains.Tests.Tracks;

/// <summary>Counts who holds it.</summary>
internal sealed class SharedBlocks : ISharedBlocks
{
    public int Holders { get; private set; }

    public void Hold() => Holders++;

    public void LetGo() => Holders--;
}

namespace Recording.Gateway.Sfu;

/// <summary>Bytes of packets that this process holds until they are stored, over all tracks.</summary>
internal sealed class GatewayMemory(long limit)
{
    private long _used;

    /// <summary>Bytes held now.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>No track may take more until some is stored.</summary>
    public bool IsFull => Used >= limit;

    /// <summary>Half of it is used: what can go to disk should.</summary>
    public bool IsTight => Used >= limit / 2;

    public void Take(long bytes) => Interlocked.Add(ref _used, bytes);

    public void Give(long bytes) => Interlocked.Add(ref _used, -bytes);
}

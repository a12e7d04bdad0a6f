using Recording.Gateway.Sfu.Links;

namespace Recording.Gateway.Sfu.Hosting;

/// <inheritdoc />
internal sealed class SfuLinkStatus(SfuLinkServices services) : ISfuLinkStatus
{
    /// <inheritdoc />
    public IReadOnlyList<string> RegisteredLinks => [.. services.Links.Where(static l => l.IsRegistered).Select(static l => l.Key ?? "")];

    /// <inheritdoc />
    public long RetainedBytes => services.Ingest.Memory.Used;

    /// <inheritdoc />
    public long ReceivedBytes => services.Metrics.TotalBytes;

    /// <inheritdoc />
    public int ActiveRecordings => services.Ingests.ActiveRecordings;

    /// <inheritdoc />
    public bool IsDraining => services.IsDraining;
}

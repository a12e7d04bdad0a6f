using Recording.PostProcessing.Outputs;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>Notes how many bytes each fetch of parts asks for.</summary>
public sealed class CountingFiles(IRecordingFiles inner) : IRecordingFiles
{
    public List<long> Parts { get; } = [];

    public Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) => inner.ReadAsync(name, cancellationToken);

    public Task FetchAsync(string name, FileInfo target, CancellationToken cancellationToken) => inner.FetchAsync(name, target, cancellationToken);

    public Task FetchPartsAsync(string name, IReadOnlyList<(long Offset, long Length)> parts, FileInfo target, CancellationToken cancellationToken)
    {
        Parts.Add(parts.Sum(part => part.Length));
        return inner.FetchPartsAsync(name, parts, target, cancellationToken);
    }

    public Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) => inner.WriteAsync(name, content, cancellationToken);

    public Task PublishAsync(FileInfo file, string name, CancellationToken cancellationToken) => inner.PublishAsync(file, name, cancellationToken);
}

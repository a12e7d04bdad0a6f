using Recording.Model;

namespace Recording.PostProcessing.Outputs;

/// <summary>A recording in a folder copied from the bucket. The folder is only read: what is made goes to a folder of its own, which is looked at first.</summary>
/// <param name="recording">The folder that holds metadata.json.</param>
/// <param name="made">Where new files go.</param>
public sealed class DirectoryRecordingFiles(DirectoryInfo recording, DirectoryInfo made) : IRecordingFiles
{
    /// <inheritdoc />
    public async Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken) =>
        Find(name) is { } file ? await File.ReadAllBytesAsync(file.FullName, cancellationToken) : null;

    /// <inheritdoc />
    public Task FetchAsync(string name, FileInfo target, CancellationToken cancellationToken)
    {
        FileInfo file = Find(name) ?? throw new RecordingException(RecordingErrorCode.NotFound, $"{name} does not exist in {recording.FullName}");
        if (target.Exists)
        {
            target.Delete();
        }

        File.CreateSymbolicLink(target.FullName, file.FullName);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public async Task FetchPartsAsync(string name, IReadOnlyList<(long Offset, long Length)> parts, FileInfo target, CancellationToken cancellationToken)
    {
        FileInfo file = Find(name) ?? throw new RecordingException(RecordingErrorCode.NotFound, $"{name} does not exist in {recording.FullName}");
        await using FileStream source = file.OpenRead();
        await using FileStream output = target.Create();
        byte[] buffer = new byte[1 << 18];
        foreach ((long offset, long length) in parts)
        {
            source.Position = offset;
            for (long left = length; left > 0;)
            {
                int read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken);
                if (read == 0)
                {
                    throw new RecordingException(RecordingErrorCode.IntegrityCheckFailed, $"{name} is shorter than its index says");
                }

                await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                left -= read;
            }
        }
    }

    /// <inheritdoc />
    public async Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        FileInfo target = Target(name);
        await File.WriteAllBytesAsync(target.FullName, content, cancellationToken);
    }

    /// <inheritdoc />
    public Task PublishAsync(FileInfo file, string name, CancellationToken cancellationToken)
    {
        file.CopyTo(Target(name).FullName, overwrite: true);
        return Task.CompletedTask;
    }

    private FileInfo? Find(string name)
    {
        foreach (DirectoryInfo root in new[] { made, recording })
        {
            var file = new FileInfo(Inside(root, name));
            if (file.Exists)
            {
                return file;
            }
        }

        return null;
    }

    private FileInfo Target(string name)
    {
        var file = new FileInfo(Inside(made, name));
        file.Directory!.Create();
        return file;
    }

    // Names come from the documents, which may be anybody's.
    private static string Inside(DirectoryInfo root, string name)
    {
        string path = Path.GetFullPath(Path.Combine(root.FullName, name));
        return path.StartsWith(Path.TrimEndingDirectorySeparator(root.FullName) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"{name} lies outside the recording");
    }
}

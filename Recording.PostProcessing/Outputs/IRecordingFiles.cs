using Recording.Model;

namespace Recording.PostProcessing.Outputs;

/// <summary>The files of one recording, wherever they are. Names are relative to its prefix, with <c>/</c>.</summary>
public interface IRecordingFiles
{
    /// <summary>A small file as a whole; null = there is none.</summary>
    Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Makes a file available under a local path.</summary>
    /// <exception cref="RecordingException">4004: there is no such file.</exception>
    Task FetchAsync(string name, FileInfo target, CancellationToken cancellationToken);

    /// <summary>Makes parts of a file available under a local path, one after the other.</summary>
    /// <param name="name">The file.</param>
    /// <param name="parts">Offsets and lengths in bytes.</param>
    /// <param name="target">Made or replaced.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RecordingException">4004: there is no such file. 4005: it is shorter.</exception>
    Task FetchPartsAsync(string name, IReadOnlyList<(long Offset, long Length)> parts, FileInfo target, CancellationToken cancellationToken);

    /// <summary>Stores a small file, replacing what was there.</summary>
    Task WriteAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Stores a file, replacing what was there; it is there as a whole or not at all.</summary>
    Task PublishAsync(FileInfo file, string name, CancellationToken cancellationToken);
}

using System.Security.Cryptography;

namespace Recording.PostProcessing.Outputs;

/// <summary>A file that was made, probed and stored.</summary>
public sealed record PublishedFile
{
    /// <summary>Relative to the recording's prefix.</summary>
    public required string File { get; init; }

    /// <summary>composite, track, speaker, poster, sprites, waveform, peaks, chapters or captions.</summary>
    public required string Kind { get; init; }

    /// <summary>Bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Seconds, by ffprobe.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>Lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The other files of a package.</summary>
    public IReadOnlyList<PublishedPart> Parts { get; init; } = [];

    /// <summary>Stores a file and describes it.</summary>
    internal static async Task<PublishedFile> StoreAsync(IRecordingFiles files, FileInfo file, string name, string kind, double durationSeconds, CancellationToken cancellationToken)
    {
        string sha256;
        long bytes;
        await using (FileStream content = file.OpenRead())
        {
            // Of what is read: a fetched file may be a link.
            bytes = content.Length;
            sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
        }

        await files.PublishAsync(file, name, cancellationToken);
        return new PublishedFile { File = name, Kind = kind, Bytes = bytes, DurationSeconds = durationSeconds, Sha256 = sha256 };
    }
}

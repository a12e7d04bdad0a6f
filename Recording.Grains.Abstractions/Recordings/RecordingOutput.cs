namespace Recording.Grains.Abstractions.Recordings;

/// <summary>A file made from a recording.</summary>
[GenerateSerializer, Immutable, Alias("recording.RecordingOutput")]
public sealed record RecordingOutput
{
    /// <summary>Relative to the prefix: <c>processed/composite.mp4</c>.</summary>
    [Id(0)] public required string File { get; init; }

    /// <summary>composite or track.</summary>
    [Id(1)] public required string Kind { get; init; }

    /// <summary>Bytes.</summary>
    [Id(2)] public required long Bytes { get; init; }

    /// <summary>Seconds, by ffprobe.</summary>
    [Id(3)] public double DurationSeconds { get; init; }

    /// <summary>Of the file, lower-case hex.</summary>
    [Id(4)] public string Sha256 { get; init; } = "";

    /// <summary>The job that made it.</summary>
    [Id(5)] public string JobId { get; init; } = "";

    /// <summary>The other files of it: an HLS package's playlists and segments, the pictures of a sprite map.</summary>
    [Id(6)] public OutputPart[] Parts { get; init; } = [];

    /// <summary>Every file of it with its bytes and hash, relative to the prefix; <see cref="File"/> is the first.</summary>
    public IEnumerable<(string File, long Bytes, string Sha256)> Files()
    {
        string folder = File[..(File.LastIndexOf('/') + 1)];
        return Parts.Select(part => (folder + part.Name, part.Bytes, part.Sha256)).Prepend((File, Bytes, Sha256));
    }

    /// <summary>Whether it says the same, parts and all.</summary>
    public bool IsSame(RecordingOutput other) => this with { Parts = other.Parts } == other && Parts.SequenceEqual(other.Parts);
}

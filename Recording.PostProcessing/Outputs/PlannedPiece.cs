using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Outputs;

/// <summary>Output frames made by one run of FFmpeg: one scene, or a part of one, from one uncut stretch of the recording.</summary>
public sealed record PlannedPiece
{
    /// <summary>Place among all pieces, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>First output frame.</summary>
    public required long FirstFrame { get; init; }

    /// <summary>Frames.</summary>
    public required long FrameCount { get; init; }

    /// <summary>Recording time of the first frame, µs since the origin.</summary>
    public required long RecordingUs { get; init; }

    /// <summary>What is shown where, lowest first.</summary>
    public required IReadOnlyList<SceneRegion> Regions { get; init; }

    /// <summary>A pause that is kept, shown as a card.</summary>
    public bool IsPause { get; init; }

    /// <summary>Where and when a microphone is off.</summary>
    public IReadOnlyList<MutedSpan> Muted { get; init; } = [];

    /// <summary>Name of the file that is made.</summary>
    /// <param name="extension">ts or mkv.</param>
    public string FileName(string extension) => $"video-{Number:d5}.{extension}";

    /// <summary>Recording time of the first frame after it, µs since the origin.</summary>
    /// <param name="frameRate">Output frames a second.</param>
    public long EndUs(int frameRate) => RecordingUs + (FrameCount * 1_000_000 / frameRate);
}

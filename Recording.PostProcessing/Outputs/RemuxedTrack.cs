using Recording.Model;

namespace Recording.PostProcessing.Outputs;

/// <summary>What came of remuxing a track, for the tasks that need it.</summary>
public sealed record RemuxedTrack
{
    /// <summary>The track.</summary>
    public required string TrackId { get; init; }

    /// <summary>Sound, or else a picture.</summary>
    public required bool IsAudio { get; init; }

    /// <summary>Relative to the recording's prefix; null = there is nothing in it that can be shown or heard.</summary>
    public string? File { get; init; }

    /// <summary>What is rendered instead of <see cref="File"/>: the same pictures with a key frame every 2 s; null = the file itself.</summary>
    public string? Mezzanine { get; init; }

    /// <summary>Why there is no file, or what of the track is not in it; empty = all of it is.</summary>
    public string Problem { get; init; } = "";

    /// <summary>The same as a code (<see cref="SkippedTrack.Code"/>).</summary>
    public RecordingErrorCode ProblemCode { get; init; }

    /// <summary>Lower case: vp8, opus, ...</summary>
    public string Codec { get; init; } = "";

    /// <summary>Recording time of the first frame, seconds.</summary>
    public double StartSeconds { get; init; }

    /// <summary>Frames.</summary>
    public long Frames { get; init; }

    /// <summary>Where to begin reading what is rendered; null = there is no file.</summary>
    public MediaIndex? Index { get; init; }

    /// <summary>Recording times at which sound goes on after a long gap, µs.</summary>
    public IReadOnlyList<long> ResumesUs { get; init; } = [];

    /// <summary>When pictures have to be turned how; empty = never.</summary>
    public IReadOnlyList<PictureTurn> Turns { get; init; } = [];

    /// <summary>A copy looks as the track does: a file has one turn and no mirror, and FFmpeg 5.1 writes none into WebM.</summary>
    internal bool CanBeCopied(OutputFormat format) =>
        Turns.Count == 0 || (!format.IsWebm && Turns is [{ IsFlipped: false } turn] && turn.TimeUs / 1e6 < StartSeconds + 0.002);
}

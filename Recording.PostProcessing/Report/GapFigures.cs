namespace Recording.PostProcessing.Report;

/// <summary>Stretches without media, told apart; the sums are ms.</summary>
public sealed record GapFigures
{
    /// <summary>Packets were lost on their way to the SFU.</summary>
    public long LossMs { get; init; }

    /// <summary>The link between SFU and recorder, or the recorder itself, missed them.</summary>
    public long LinkMs { get; init; }

    /// <summary>The recording was paused, or policy forbade it.</summary>
    public long PausedMs { get; init; }

    /// <summary>The sender was paused by the SFU.</summary>
    public long MutedMs { get; init; }

    /// <summary>Discontinuous transmission: the encoder heard nothing.</summary>
    public long DtxMs { get; init; }

    /// <summary>Packets came, and all said they were silent: muted in the browser.</summary>
    public long SilentMs { get; init; }

    /// <summary>Nothing was sent: the device was taken away, or the sender stood still.</summary>
    public long StoppedMs { get; init; }

    /// <summary>The network held packets up; all of them came later.</summary>
    public long StalledMs { get; init; }

    /// <summary>The first 1000, in order of time; dtx gaps in a row are one.</summary>
    public IReadOnlyList<ReportGap> List { get; init => field = value ?? []; } = [];
}

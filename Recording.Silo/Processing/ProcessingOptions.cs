using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Transcript;

namespace Recording.Silo.Processing;

/// <summary>The workers of one process.</summary>
public sealed class ProcessingOptions
{
    /// <summary>Tasks worked on at once (<c>PROCESSOR_WORKERS</c>), 0..64; 0 = none.</summary>
    public int Workers { get; set; } = 2;

    /// <summary>Where to work; empty = the system's temporary folder.</summary>
    public string ScratchDirectory { get; set; } = "";

    /// <summary>How long a worker waits before it asks again when there is nothing to do.</summary>
    public TimeSpan IdleDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>When the machine is too busy to begin a task.</summary>
    public CapacityOptions Capacity { get; set; } = new();

    /// <summary>Which FFmpeg.</summary>
    public FfmpegOptions Ffmpeg { get; set; } = new();

    /// <summary>Who turns speech into text.</summary>
    public TranscriberOptions Transcriber { get; set; } = new();

    /// <summary>How to render; workers and threads follow from <see cref="Workers"/> and the machine.</summary>
    public RenderOptions Render { get; set; } = new();

    /// <summary>How to render on a machine with so many processors, in a cluster with so many workers.</summary>
    internal RenderOptions RenderOn(int processors, int clusterWorkers) => Render.SharedBy(Workers, processors) with { ClusterWorkers = clusterWorkers };
}

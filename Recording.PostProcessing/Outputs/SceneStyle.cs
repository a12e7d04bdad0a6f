using Recording.PostProcessing.Layout;

namespace Recording.PostProcessing.Outputs;

/// <summary>How a scene looks, beside what is shown where.</summary>
public sealed record SceneStyle
{
    /// <summary>The picture.</summary>
    public required Canvas Canvas { get; init; }

    /// <summary>Draw names.</summary>
    public bool Labels { get; init; } = true;

    /// <summary>How cameras fill their tiles.</summary>
    public FitMode Fit { get; init; }

    /// <summary>Colour behind everything, 24 bits.</summary>
    public int Background { get; init; } = CompositionSettings.Default.Background;

    /// <summary>FFmpeg's input arguments for the picture behind everything; empty = none.</summary>
    public IReadOnlyList<string> BackgroundInput { get; init; } = [];

    /// <summary>Text in the upper left corner; empty = none.</summary>
    public string Title { get; init; } = "";

    /// <summary>none, recorded or wall.</summary>
    public string Clock { get; init; } = "none";

    /// <summary>t = 0 of the recording, µs since 1970: for the clock.</summary>
    public long OriginUs { get; init; }

    /// <summary>There are captions to be drawn, in <see cref="SceneGraph.CaptionsName"/>.</summary>
    public bool Captions { get; init; }

    /// <summary>From what is asked for.</summary>
    public static SceneStyle Of(CompositionPlan plan, bool labels) => new()
    {
        Canvas = plan.Settings.Canvas,
        Labels = labels && plan.Settings.Labels,
        Fit = plan.Settings.Fit,
        Background = plan.Settings.Background,
        Title = plan.Settings.Title,
        Clock = plan.Settings.Clock,
        OriginUs = plan.OriginUs,
    };
}

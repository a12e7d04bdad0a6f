namespace Recording.PostProcessing.Layout;

/// <summary>Where things go. Pure: the same stage gives the same regions.</summary>
public interface ILayout
{
    /// <summary>As it is asked for: grid, ...</summary>
    string Name { get; }

    /// <summary>Whether a change of the active speaker changes the picture.</summary>
    bool FollowsSpeaker { get; }

    /// <summary>Pages needed to show everything; at least 1. They are shown in turn.</summary>
    int CountPages(Stage stage, Canvas canvas);

    /// <summary>The regions of a page: even sizes, inside the canvas.</summary>
    /// <param name="stage">What there is to show.</param>
    /// <param name="canvas">The picture.</param>
    /// <param name="page">0..pages-1.</param>
    IReadOnlyList<SceneRegion> Arrange(Stage stage, Canvas canvas, int page);
}

using Recording.Media.Remuxing;

namespace Recording.PostProcessing.Outputs;

/// <summary>From this time on a track's pictures are upright when they are mirrored and turned so.</summary>
/// <param name="TimeUs">Recording time, µs since the origin.</param>
/// <param name="Clockwise">Degrees: 0, 90, 180 or 270.</param>
/// <param name="IsFlipped">Mirrored left to right first.</param>
public sealed record PictureTurn(long TimeUs, int Clockwise, bool IsFlipped)
{
    /// <summary>Pictures are shown as they are.</summary>
    internal bool IsUpright => Clockwise == 0 && !IsFlipped;

    /// <summary>The changes that can be seen; before the first, pictures are upright.</summary>
    internal static IReadOnlyList<PictureTurn> Of(RemuxResult result, long originUs)
    {
        List<PictureTurn> turns = [];
        foreach (PictureOrientation change in result.Orientations)
        {
            var turn = new PictureTurn(change.TimeUs - originUs, change.Orientation.Clockwise, change.Orientation.IsFlipped);
            if (turns.Count == 0 ? !turn.IsUpright : turns[^1] != turn with { TimeUs = turns[^1].TimeUs })
            {
                turns.Add(turn);
            }
        }

        return turns;
    }
}

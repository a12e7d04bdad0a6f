namespace Recording.PostProcessing.Outputs;

/// <summary>Frames of a piece in which a track's pictures are turned alike.</summary>
/// <param name="FirstFrame">From 0 in the piece.</param>
/// <param name="EndFrame">First frame after it.</param>
/// <param name="Clockwise">Degrees: 0, 90, 180 or 270.</param>
/// <param name="IsFlipped">Mirrored left to right first.</param>
internal readonly record struct TurnedSpan(long FirstFrame, long EndFrame, int Clockwise, bool IsFlipped)
{
    private const int TicksInMs = 90;
    private const int Ticks = TicksInMs * 1000;

    /// <summary>FFmpeg's filters, each with a comma behind it; empty = upright.</summary>
    public static string Filter(int clockwise, bool isFlipped) => (isFlipped ? "hflip," : "") + clockwise switch
    {
        90 => "transpose=clock,",
        180 => "hflip,vflip,",
        270 => "transpose=cclock,",
        _ => "",
    };

    /// <summary>Cuts a piece at the turns of a track, without hole or overlap.</summary>
    public static IReadOnlyList<TurnedSpan> Cut(PlannedPiece piece, IReadOnlyList<PictureTurn> turns, int frameRate)
    {
        List<TurnedSpan> spans = [new(0, piece.FrameCount, 0, false)];
        foreach (PictureTurn turn in turns)
        {
            long first = Math.Max(0, Frame(turn.TimeUs, piece.RecordingUs, frameRate));
            if (first >= piece.FrameCount)
            {
                break;
            }

            spans[^1] = spans[^1] with { EndFrame = first };
            if (spans[^1].FirstFrame == first)
            {
                spans.RemoveAt(spans.Count - 1);
            }

            if (spans.Count > 0 && (spans[^1].Clockwise, spans[^1].IsFlipped) == (turn.Clockwise, turn.IsFlipped))
            {
                spans[^1] = spans[^1] with { EndFrame = piece.FrameCount };
            }
            else
            {
                spans.Add(new TurnedSpan(first, piece.FrameCount, turn.Clockwise, turn.IsFlipped));
            }
        }

        return spans;
    }

    // Rounded as the picture itself is on its way to the frame grid: to Matroska's ms, to the graph's ticks, by the fps filter.
    private static long Frame(long timeUs, long pieceUs, int frameRate)
    {
        long ticks = ((timeUs + 500) / 1000 * TicksInMs) - (long)Math.Round(pieceUs * (Ticks / 1e6));
        return (long)Math.Round((decimal)ticks * frameRate / Ticks, MidpointRounding.AwayFromZero);
    }
}

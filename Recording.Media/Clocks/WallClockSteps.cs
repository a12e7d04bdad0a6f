namespace Recording.Media.Clocks;

/// <summary>
/// Takes steps of a sender's wall clock (set by hand, or by NTP) out of its reports: media did not jump when the clock did. A step shows as a jump of
/// arrival against sender time that stays; a lone report that lies is left for <see cref="SenderClock"/> to reject.
/// </summary>
internal static class WallClockSteps
{
    // No network delays a report so much without delaying the media too.
    private const double StepUs = 500_000;
    private const double SameLevelUs = 250_000;
    private const int Confirmations = 2;
    private const int Reach = 8;

    /// <summary>Moves the reports behind each step back; returns how many steps there were.</summary>
    /// <param name="stretches">All stretches of a track.</param>
    public static int Remove(IReadOnlyList<ClockStretch> stretches)
    {
        List<(ClockStretch Stretch, int Index, SenderReading Reading)> all = [];
        foreach (ClockStretch stretch in stretches)
        {
            for (int i = 0; i < stretch.Reports.Count; i++)
            {
                all.Add((stretch, i, stretch.Reports[i]));
            }
        }

        all.Sort(static (a, b) => a.Reading.ArrivalUs.CompareTo(b.Reading.ArrivalUs));
        int steps = 0;
        double shift = 0;
        int last = -1;
        for (int i = 0; i < all.Count; i++)
        {
            (ClockStretch stretch, int index, SenderReading reading) = all[i];
            double level = Level(reading) + shift;
            if (last >= 0 && Math.Abs(level - Level(all[last].Reading)) > StepUs)
            {
                if (!Stays(all, i))
                {
                    stretch.Reports[index] = reading with { SenderUs = reading.SenderUs - shift };
                    continue;
                }

                // Within one stretch media time measures the step exactly; between two only arrival tells.
                SenderReading before = all[last].Reading;
                double step = all[last].Stretch == stretch
                    ? reading.SenderUs - shift - before.SenderUs - (reading.MediaUs - before.MediaUs)
                    : LeastBefore(all, last) - LeastFrom(all, i) - shift;
                shift += step;
                steps++;
            }

            all[i] = (stretch, index, reading with { SenderUs = reading.SenderUs - shift });
            stretch.Reports[index] = all[i].Reading;
            last = i;
        }

        return steps;
    }

    private static double Level(SenderReading reading) => reading.ArrivalUs - reading.SenderUs;

    // The least delayed of some reports before the step (moved already), and behind it.
    private static double LeastBefore(List<(ClockStretch Stretch, int Index, SenderReading Reading)> all, int at)
    {
        double least = Level(all[at].Reading);
        for (int i = at; i > Math.Max(-1, at - Reach); i--)
        {
            least = Math.Abs(Level(all[i].Reading) - Level(all[at].Reading)) < SameLevelUs ? Math.Min(least, Level(all[i].Reading)) : least;
        }

        return least;
    }

    private static double LeastFrom(List<(ClockStretch Stretch, int Index, SenderReading Reading)> all, int at)
    {
        double least = Level(all[at].Reading);
        for (int i = at; i < Math.Min(all.Count, at + Reach); i++)
        {
            least = Math.Abs(Level(all[i].Reading) - Level(all[at].Reading)) < SameLevelUs ? Math.Min(least, Level(all[i].Reading)) : least;
        }

        return least;
    }

    private static bool Stays(List<(ClockStretch Stretch, int Index, SenderReading Reading)> all, int at)
    {
        if (at + Confirmations >= all.Count)
        {
            return false;
        }

        double level = Level(all[at].Reading);
        for (int i = at + 1; i <= at + Confirmations; i++)
        {
            if (Math.Abs(Level(all[i].Reading) - level) > SameLevelUs)
            {
                return false;
            }
        }

        return true;
    }
}

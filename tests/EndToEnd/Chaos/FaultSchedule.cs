namespace Recording.EndToEnd.Chaos;

/// <summary>Which faults happen: a function of seed, number and the kinds that the system can meet, and of nothing else.</summary>
public static class FaultSchedule
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1.5);

    /// <summary>Makes a schedule in which every kind comes once before any comes again.</summary>
    /// <param name="seed">The same seed gives the same schedule.</param>
    /// <param name="faults">How many, at least 1.</param>
    /// <param name="kinds">What may happen.</param>
    public static IReadOnlyList<Fault> Create(int seed, int faults, IReadOnlyList<FaultKind> kinds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(faults, 1);
        ArgumentOutOfRangeException.ThrowIfZero(kinds.Count);
        var random = new Random(seed);
        var schedule = new List<Fault>(faults);
        FaultKind[] deck = [];
        bool overlaps = false;
        for (int number = 1; number <= faults; number++)
        {
            int place = (number - 1) % kinds.Count;
            if (place == 0)
            {
                deck = [.. kinds];
                random.Shuffle(deck);
            }

            FaultKind kind = deck[place];
            TimeSpan pause = LongestPause * random.NextDouble();
            TimeSpan duration = Duration(kind, random);
            int target = random.Next(1 << 20);

            // Two at once, never three; the second one is of another kind because a deck holds each kind once.
            bool withNext = random.NextDouble() < 0.25 && !overlaps && number < faults && place + 1 < kinds.Count;
            schedule.Add(new Fault(number, kind, target, pause, duration, withNext));
            overlaps = withNext;
        }

        return schedule;
    }

    private static TimeSpan Duration(FaultKind kind, Random random)
    {
        (double from, double to) = kind switch
        {
            FaultKind.CutLink or FaultKind.FlipByte => (0, 0),
            FaultKind.KillGateway or FaultKind.KillSilo or FaultKind.RestartStore or FaultKind.RestartRedis => (0, 3),

            // Beyond the lease's six seconds now and then.
            FaultKind.FreezeGateway or FaultKind.FreezeSilo => (0.5, 8),
            FaultKind.FillSpool or FaultKind.FillStore => (1, 5),
            _ => (0.5, 6),
        };
        return TimeSpan.FromSeconds(from + (to - from) * random.NextDouble());
    }
}

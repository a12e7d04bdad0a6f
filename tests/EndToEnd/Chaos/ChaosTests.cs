using System.Text;

namespace Recording.EndToEnd.Chaos;

/// <summary>The short form of the chaos suite (docs/testing.md); the long one is <c>./rec chaos</c>.</summary>
public sealed class ChaosTests
{
    private static readonly TimeSpan ShortestRoom = TimeSpan.FromSeconds(7);

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public Task Eight_faults_lose_nothing_that_acknowledging_SFUs_sent_store_nothing_twice_and_leave_no_recording_unfinished(bool cluster, int seed) =>

        // Rooms are short: a gateway often dies when the SFU that it fed has left already, and then the grace ends the track (decision 046).
        LosesNothingAsync(new ChaosOptions { Faults = 8, Seed = seed, Cluster = cluster, ShortestRoom = ShortestRoom, Grace = "60s" });

    [Fact]
    public Task Six_faults_lose_nothing_that_plan_only_SFUs_sent_to_a_gateway_that_lives_on() => LosesNothingAsync(new ChaosOptions
    {
        Faults = 6,
        Seed = 398,
        Cluster = true,
        PlanOnly = true,
        Kinds = [FaultKind.KillGateway, FaultKind.KillSilo, FaultKind.FreezeGateway, FaultKind.StallLink, FaultKind.StoreHangs, FaultKind.RestartStore],
        ShortestRoom = ShortestRoom,
    });

    [Fact]
    public void A_schedule_is_the_same_for_the_same_seed_has_every_kind_and_never_three_faults_at_once()
    {
        FaultKind[] kinds = Enum.GetValues<FaultKind>();
        IReadOnlyList<Fault> schedule = FaultSchedule.Create(5, 200, kinds);

        Assert.Equal(schedule, FaultSchedule.Create(5, 200, kinds));
        Assert.NotEqual(schedule, FaultSchedule.Create(6, 200, kinds));
        Assert.Equal(kinds.Order(), schedule.Take(kinds.Length).Select(static fault => fault.Kind).Order());
        Assert.Equal(Enumerable.Range(1, 200), schedule.Select(static fault => fault.Number));
        Assert.False(schedule[^1].OverlapsNext);
        Assert.Contains(schedule, static fault => fault.OverlapsNext);
        foreach ((Fault fault, Fault next) in schedule.Zip(schedule.Skip(1)).Where(static pair => pair.First.OverlapsNext))
        {
            Assert.NotEqual(fault.Kind, next.Kind);
            Assert.False(next.OverlapsNext);
        }
    }

    private static async Task LosesNothingAsync(ChaosOptions options)
    {
        var said = new StringBuilder();
        void Say(string line)
        {
            lock (said)
            {
                said.AppendLine(line);
            }
        }

        ChaosResult result = await ChaosRun.RunAsync(options with { Log = Say });

        Assert.True(result.IsGood, $"{string.Join('\n', result.Problems)}\n{result}\n{said}");
        Assert.Equal(options.Faults, result.Faults);
        Assert.True(result.Sent > 1000, $"only {result.Sent} packets were sent\n{said}");
        Assert.Equal(result.Sent, result.Stored + result.Damaged);
    }
}

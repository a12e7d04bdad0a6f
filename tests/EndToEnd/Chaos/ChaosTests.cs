using System.Text;

namespace Recording.EndToEnd.Chaos;

/// <summary>The short form of the chaos suite (docs/testing.md); the long one is <c>./rec chaos</c>.</summary>
public sealed class ChaosTests
{
    private const int Faults = 8;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Eight_faults_lose_nothing_that_acknowledging_SFUs_sent_store_nothing_twice_and_leave_no_recording_unfinished(bool cluster)
    {
        var said = new StringBuilder();
        void Say(string line)
        {
            lock (said)
            {
                said.AppendLine(line);
            }
        }

        ChaosResult result = await ChaosRun.RunAsync(new ChaosOptions { Faults = Faults, Seed = cluster ? 2 : 1, Cluster = cluster, ShortestRoom = TimeSpan.FromSeconds(7), Grace = "60s", Log = Say });

        Assert.True(result.IsGood, $"{string.Join('\n', result.Problems)}\n{result}\n{said}");
        Assert.Equal(Faults, result.Faults);
        Assert.True(result.Sent > 1000, $"only {result.Sent} packets were sent\n{said}");
        Assert.Equal(result.Sent, result.Stored + result.Damaged);
    }

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
}

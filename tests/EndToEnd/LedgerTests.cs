using System.Text.Json;
using Recording.EndToEnd.Deployments;
using Recording.Simulator.Impairment;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>Every packet that the SFU sent is in the track files exactly once, bytes identical.</summary>
public sealed class LedgerTests
{
    private static readonly TimeSpan Media = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly ImpairmentOptions Rough = new() { Loss = 0.01, Reorder = 0.03, Duplicate = 0.02 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Eight_rooms_of_six_tracks_are_stored_packet_for_packet_in_one_process(bool planOnly)
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync();
        await RecordAsync(deployment, planOnly, address: deployment.Gateway.GrpcAddress);
    }

    [Fact]
    public async Task Eight_rooms_of_six_tracks_are_stored_packet_for_packet_in_a_cluster_that_dials()
    {
        string folder = Directory.CreateTempSubdirectory("recording-ledger-").FullName;
        try
        {
            string path = Path.Combine(folder, "ledger.jsonl");
            using (LedgerWriter ledger = LedgerWriter.Create(path))
            {
                await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(Plan(), new SimulatedSfuOptions { Ledger = ledger });
                await using Deployment deployment = await Deployment.StartClusterAsync(("RECORDING_SFU_HOST", sfu.Address!.ToString()));
                await FinishAsync(deployment, sfu, ledger, path, acknowledged: true);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RecordAsync(Deployment deployment, bool planOnly, Uri address)
    {
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(Plan(), [address], new SimulatedSfuOptions { Ledger = ledger, PlanOnly = planOnly });
        await FinishAsync(deployment, sfu, ledger, path, acknowledged: !planOnly);
    }

    private static SimulationPlan Plan() =>
        SimulationPlan.Create(new RoomShape { Rooms = 8, Peers = 3, Duration = Media, AutoRecord = true }, seed: 7, Rough);

    private static async Task FinishAsync(Deployment deployment, SimulatedSfu sfu, LedgerWriter ledger, string path, bool acknowledged)
    {
        using var patience = new CancellationTokenSource(Patience);
        await sfu.WhenMediaSentAsync(patience.Token);
        if (acknowledged)
        {
            await sfu.WhenAcknowledgedAsync(patience.Token);
        }

        IReadOnlyList<Wire.Recording> recordings = await deployment.WhenEndedAsync(8, Patience);
        ledger.Flush();

        Assert.All(recordings, static recording =>
        {
            Assert.Equal("completed", recording.Status);
            Assert.Equal(6, recording.Tracks.Count);
        });
        JsonElement verified = await deployment.VerifyAsync(path);
        Assert.Equal(ledger.Count, verified.GetProperty("stored").GetInt64());
        Assert.True(ledger.Count > 8 * 6 * 100, $"only {ledger.Count} packets were sent");
    }
}

using Recording.EndToEnd.Deployments;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>Processes die in mid-recording.</summary>
public sealed class CrashTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan SegmentInterval = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task A_killed_service_that_starts_again_continues_the_recording_and_misses_nothing_with_acknowledgement()
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync();
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(Plan(14), [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { Ledger = ledger });
        using var patience = new CancellationTokenSource(Patience);
        await sfu.WhenSubscribedAsync(6, patience.Token);
        await sfu.WhenPacketsSentAsync(1500, patience.Token);

        await deployment.Gateway.KillAsync();
        await deployment.Gateway.RestartAsync();
        await sfu.WhenMediaSentAsync(patience.Token);
        await sfu.WhenAcknowledgedAsync(patience.Token);

        Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, Patience));
        ledger.Flush();
        Assert.Equal("completed", recording.Status);
        await deployment.VerifyAsync(path);
    }

    [Fact]
    public async Task Without_acknowledgement_a_killed_service_keeps_what_it_had_stored_and_ends_the_recording_whole()
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync(("RECORDING_SFU_GRACE", "5s"));
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(Plan(60), [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { Ledger = ledger, PlanOnly = true });
        using var patience = new CancellationTokenSource(Patience);
        await sfu.WhenSubscribedAsync(6, patience.Token);
        await sfu.WhenPacketsSentAsync(2500, patience.Token);

        await deployment.Gateway.KillAsync();
        await sfu.DisposeAsync();
        HashSet<string> stored = TrackContents.Hashes(deployment.DataDirectory);
        await deployment.Gateway.RestartAsync();

        Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, Patience));
        Assert.Equal("interrupted", recording.Status);
        Assert.NotEmpty(stored);
        Assert.Subset(TrackContents.Hashes(deployment.DataDirectory), stored);
        Assert.True(recording.EndedAtUs > recording.StartedAtUs);
        Assert.All(recording.Tracks, track => Assert.True(File.Exists(Path.Combine(deployment.DataDirectory, recording.Prefix, track.File)), track.File));
        Assert.True(File.Exists(Path.Combine(deployment.DataDirectory, recording.Prefix, "metadata.json")));
    }

    [Fact]
    public async Task When_one_of_two_silos_is_killed_capture_goes_on_within_five_seconds_and_misses_nothing()
    {
        await using Deployment deployment = await Deployment.StartClusterAsync(("RECORDING_SEGMENT_INTERVAL", $"{SegmentInterval.TotalMilliseconds:0}ms"));
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(Plan(25, rooms: 4), [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { Ledger = ledger });
        using var patience = new CancellationTokenSource(Patience);
        await sfu.WhenSubscribedAsync(24, patience.Token);
        await sfu.WhenPacketsSentAsync(6000, patience.Token);

        await deployment.Silos[1].KillAsync();
        DateTime killedAt = TimeProvider.System.GetUtcNow().UtcDateTime;
        long startedAt = TimeProvider.System.GetTimestamp();

        // A segment that was written this long after the kill holds packets that were sent after it.
        await Eventually.HoldsAsync("every track is stored again", TimeSpan.FromSeconds(20), () => StoredSince(deployment.DataDirectory, killedAt + 2 * SegmentInterval) == 24);
        TimeSpan gap = TimeProvider.System.GetElapsedTime(startedAt);
        Assert.True(gap < TimeSpan.FromSeconds(5), $"some track was stored again only {gap.TotalSeconds:0.0} s after the kill");
        await sfu.WhenMediaSentAsync(patience.Token);
        await sfu.WhenAcknowledgedAsync(patience.Token);

        IReadOnlyList<Wire.Recording> recordings = await deployment.WhenEndedAsync(4, Patience);
        ledger.Flush();
        Assert.All(recordings, static recording => Assert.Equal("completed", recording.Status));
        await deployment.VerifyAsync(path);
    }

    private static SimulationPlan Plan(int seconds, int rooms = 1) =>
        SimulationPlan.Create(new RoomShape { Rooms = rooms, Peers = 3, Duration = TimeSpan.FromSeconds(seconds), AutoRecord = true }, seed: 11);

    private static int StoredSince(string directory, DateTime time) => Directory.EnumerateDirectories(directory, "segments", SearchOption.AllDirectories)
        .SelectMany(static segments => Directory.EnumerateDirectories(segments))
        .Count(track => Directory.EnumerateFiles(track, "*.rtp").Any(segment => File.GetLastWriteTimeUtc(segment) >= time));
}

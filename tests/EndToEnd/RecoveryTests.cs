using System.Text.Json;
using System.Text.Json.Nodes;
using Grpc.Core;
using Recording.EndToEnd.Deployments;
using Recording.Model;
using Recording.Protocol.Errors;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>From the stop to the end, and beyond: kill -9 in between, a lost index, orphans, retention, memory.</summary>
public sealed class RecoveryTests
{
    private const string StateFolder = "state/recording";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_service_that_is_killed_again_and_again_between_stop_and_end_ends_each_recording_once_and_whole()
    {
        // Whoever waits for the grace to pass, instead of asking for what is missing, comes too late.
        await using Deployment deployment = await Deployment.StartOneProcessAsync(("RECORDING_SFU_GRACE", "10m"));
        (string ledger, string[] ids) = await RecordAsync(deployment, rooms: 3, whenSent: async () =>
        {
            // Each moment is one later in the completion; what is past it already was killed at a later one.
            await KillWhenAsync(deployment, "a track is sealed", () => Files(deployment, "SEALED").Any());
            await KillWhenAsync(deployment, "a track is assembled", () => Directory.EnumerateDirectories(deployment.DataDirectory, "tracks", SearchOption.AllDirectories).Any());
            await KillWhenAsync(deployment, "a recording is terminal", () => States(deployment).Any(static state => state["TerminalEventId"] is not null));
            await KillWhenAsync(deployment, "all are terminal", () => States(deployment).All(static state => state["TerminalEventId"] is not null));
        });

        await WhenFinishedAsync(deployment, ids);
        await deployment.VerifyAsync(ledger);
        Assert.All(States(deployment), static state => Assert.EndsWith("/terminal", (string?)state["TerminalEventId"], StringComparison.Ordinal));
        Assert.Empty(Directory.EnumerateDirectories(deployment.DataDirectory, "segments", SearchOption.AllDirectories));
        JsonElement report = await FsckAsync(deployment, 0);
        Assert.Equal((3, 0), (report.GetProperty("recordings").GetInt32(), report.GetProperty("findings").GetArrayLength()));
    }

    [Fact]
    public async Task A_lost_index_is_rebuilt_what_has_expired_is_deleted_what_is_held_is_kept_and_fsck_tells_what_is_left()
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync(("RECORDING_RETENTION_SWEEP", "1s"));
        (_, string[] ids) = await RecordAsync(deployment, rooms: 2);
        await WhenFinishedAsync(deployment, ids);
        Wire.Recording held = await deployment.Control.SetLegalHoldAsync(new Wire.SetLegalHoldRequest { RecordingId = ids[0], Hold = true });
        Assert.True(held.LegalHold);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await deployment.Control.DeleteRecordingAsync(new Wire.DeleteRecordingRequest { RecordingId = ids[0] }));
        Assert.Equal(RecordingErrorCode.WrongState, ErrorDetails.FromRpcException(refused)!.Code);

        await deployment.Gateway.KillAsync();
        foreach (string id in ids)
        {
            Age(deployment, id);
        }

        Directory.Delete(Path.Combine(deployment.DataDirectory, "state/recordingindex"), recursive: true);
        string prefix = held.Prefix;
        string orphan = Path.Combine(deployment.DataDirectory, prefix, "segments", held.Tracks[0].TrackId, "SEALED");
        Directory.CreateDirectory(Path.GetDirectoryName(orphan)!);
        await File.WriteAllTextAsync(orphan, "left");
        File.SetLastWriteTimeUtc(orphan, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1));
        string[] kinds = Kinds(await FsckAsync(deployment, 1));
        Assert.Equal(["not_indexed", "not_indexed", "orphaned_segment"], kinds.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Empty(Kinds(await FsckAsync(deployment, 0, "--remove-orphans", "--repair")).Except(["not_indexed", "orphaned_segment"], StringComparer.Ordinal));
        Assert.False(File.Exists(orphan));
        Directory.Delete(Path.Combine(deployment.DataDirectory, "state/recordingindex"), recursive: true);

        await deployment.Gateway.RestartAsync();
        await Eventually.HoldsAsync("what has expired is deleted", Patience, async () =>
            (await deployment.Control.ListRecordingsAsync(new Wire.ListRecordingsRequest())).Recordings is [{ } left] && left.RecordingId == ids[0]);
        Wire.Recording deleted = await deployment.Control.GetRecordingAsync(new Wire.GetRecordingRequest { RecordingId = ids[1] });
        Assert.True(deleted.DeletedAtUs > 0);
        await Eventually.HoldsAsync("its files are gone", Patience, () =>
            Directory.EnumerateFiles(Path.Combine(deployment.DataDirectory, deleted.Prefix), "*", SearchOption.AllDirectories).Select(Path.GetFileName).SequenceEqual(["metadata.json"], StringComparer.Ordinal));
        using (JsonDocument tombstone = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(deployment.DataDirectory, deleted.Prefix, "metadata.json"))))
        {
            Assert.Equal("retention", tombstone.RootElement.GetProperty("deleted_by").GetString());
            Assert.True(tombstone.RootElement.TryGetProperty("deleted_at", out _));
        }

        await deployment.Control.SetLegalHoldAsync(new Wire.SetLegalHoldRequest { RecordingId = ids[0] });
        await Eventually.HoldsAsync("its jobs are known to be done, and it can be deleted", Patience, async () =>
        {
            try
            {
                return (await deployment.Control.DeleteRecordingAsync(new Wire.DeleteRecordingRequest { RecordingId = ids[0] })).DeletedAtUs > 0;
            }
            catch (RpcException exception) when (ErrorDetails.FromRpcException(exception) is { Code: RecordingErrorCode.WrongState })
            {
                return false;
            }
        });
        await Eventually.HoldsAsync("fsck finds nothing", Patience, async () =>
            (await CommandLine.RunAsync("fsck", deployment.DataDirectory)).ExitCode == 0 && !Files(deployment, "*.rtp").Any());
    }

    [Fact]
    public async Task A_quarter_of_a_gigabyte_is_assembled_with_less_than_64_MB_above_idle()
    {
        await using ChildProcess bench = ChildProcess.Start(
            "recording-bench", "dotnet", [ServiceProcess.ProgramPath("bench/Recording.Bench", "Recording.Bench"), "assembly", "--mb", "256", "--bound-mb", "64"]);
        int exitCode = await bench.WaitForExitAsync(Patience);
        Assert.True(exitCode == 0, bench.Output);
        Assert.True(CommandLine.LastJson(bench.Output).GetProperty("bytes").GetInt64() >= 256L << 20);
    }

    private static async Task<(string Ledger, string[] Ids)> RecordAsync(Deployment deployment, int rooms, Func<Task>? whenSent = null)
    {
        string path = deployment.FileFor("ledger.jsonl");
        using LedgerWriter ledger = LedgerWriter.Create(path);
        SimulationPlan plan = SimulationPlan.Create(new RoomShape { Rooms = rooms, Peers = 2, Duration = TimeSpan.FromSeconds(4), AutoRecord = true }, seed: 5);
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(plan, [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions { Ledger = ledger });
        using var patience = new CancellationTokenSource(Patience);
        await sfu.WhenMediaSentAsync(patience.Token);
        if (whenSent is not null)
        {
            await whenSent();
        }

        // Also of a recording that was complete before its SFU was back.
        using var ending = new CancellationTokenSource(Patience);
        await sfu.WhenAcknowledgedAsync(ending.Token);

        IReadOnlyList<Wire.Recording> recordings = await deployment.WhenEndedAsync(rooms, Patience);
        ledger.Flush();
        Assert.All(recordings, static recording => Assert.Equal("completed", recording.Status));
        return (path, [.. recordings.Select(static recording => recording.RecordingId).Order(StringComparer.Ordinal)]);
    }

    private static async Task KillWhenAsync(Deployment deployment, string what, Func<bool> condition)
    {
        await deployment.HoldsAsync(what, Patience, () =>
        {
            try
            {
                return condition();
            }
            catch (IOException)
            {
                // Removed while it was listed.
                return false;
            }
        });
        await deployment.Gateway.KillAsync();
        await deployment.Gateway.RestartAsync();
    }

    // Behind a kill the index looks each minute at what is left, and once may not be enough.
    private static Task WhenFinishedAsync(Deployment deployment, string[] ids) => deployment.HoldsAsync("all are handed over and clean", 2 * Patience, () =>
        ids.All(id => (bool?)State(deployment, id)["HandoffPending"] == false)
        && !Directory.EnumerateDirectories(deployment.DataDirectory, "segments", SearchOption.AllDirectories).Any());

    private static IEnumerable<string> Files(Deployment deployment, string pattern) => Directory.EnumerateFiles(deployment.DataDirectory, pattern, SearchOption.AllDirectories);

    private static IEnumerable<JsonNode> States(Deployment deployment) =>
        Directory.EnumerateFiles(Path.Combine(deployment.DataDirectory, StateFolder)).Select(static file => JsonNode.Parse(File.ReadAllBytes(file))!);

    private static JsonNode State(Deployment deployment, string id) => JsonNode.Parse(File.ReadAllBytes(Path.Combine(deployment.DataDirectory, StateFolder, id)))!;

    /// <summary>As if it had ended forty days ago, under a policy that keeps thirty.</summary>
    private static void Age(Deployment deployment, string id)
    {
        JsonNode state = State(deployment, id);
        state["EndedAtUs"] = (long)state["EndedAtUs"]! - (long)TimeSpan.FromDays(40).TotalMicroseconds;
        JsonArray policies = state["Room"]!["Policies"]!.AsArray();
        policies[^1]!["Policy"]!["RetentionDays"] = 30;
        File.WriteAllText(Path.Combine(deployment.DataDirectory, StateFolder, id), state.ToJsonString());
    }

    private static async Task<JsonElement> FsckAsync(Deployment deployment, int exitCode, params string[] options)
    {
        (int code, string output) = await CommandLine.RunAsync(["fsck", deployment.DataDirectory, "--json", .. options]);
        Assert.True(code == exitCode, $"recording fsck ended with {code}:\n{output}");
        return CommandLine.LastJson(output);
    }

    private static string[] Kinds(JsonElement report) => [.. report.GetProperty("findings").EnumerateArray().Select(static finding => finding.GetProperty("kind").GetString()!)];
}

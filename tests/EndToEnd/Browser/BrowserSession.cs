using System.Text.Json;
using Recording.EndToEnd.Deployments;
using Recording.Model.Documents;
using Recording.PostProcessing.Report;
using Recording.Protocol.Control;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd.Browser;

/// <summary>One played scenario: Chromium published through an SFU made with werift and the npm package, the service recorded it, and it was composed.</summary>
internal sealed class BrowserSession : IAsyncDisposable
{
    private static readonly TimeSpan s_playing = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);
    private readonly Deployment _deployment;

    private BrowserSession(Deployment deployment, Wire.Recording recording, JsonElement[] events, JsonElement verified)
    {
        _deployment = deployment;
        Recording = recording;
        Events = events;
        Verified = verified;
    }

    /// <summary>What was recorded.</summary>
    public Wire.Recording Recording { get; }

    /// <summary>What the scenario did, in order.</summary>
    public IReadOnlyList<JsonElement> Events { get; }

    /// <summary>The answer of <c>recording verify</c> against the SFU's ledger.</summary>
    public JsonElement Verified { get; }

    /// <summary>The SFU's figures at the end.</summary>
    public JsonElement Stats => Events.Single(static e => e.GetProperty("event").GetString() == "stats");

    /// <summary>The recording's metadata.</summary>
    public MetadataDocument Metadata => RecordingDocument.ReadMetadata(File.ReadAllBytes(PathOf("metadata.json")));

    /// <summary>The recording's timeline.</summary>
    public TimelineDocument Timeline => RecordingDocument.ReadTimeline(File.ReadAllBytes(PathOf("timeline.json")));

    /// <summary>Plays a scenario of Browser/node/scenarios.js to its end. Every packet that the SFU received while it was recorded is then stored once, or this throws.</summary>
    public static async Task<BrowserSession> PlayAsync(string scenario)
    {
        Deployment deployment = await Deployment.StartOneProcessAsync();
        try
        {
            string ledger = deployment.FileFor("ledger.jsonl");
            string script = Path.Combine(SourceTree.Root, "tests", "EndToEnd", "Browser", "node", "run.js");
            await using ChildProcess player = ChildProcess.Start($"scenario {scenario}", "node", [script, scenario, $"{deployment.Gateway.GrpcPort}", ledger]);
            int exitCode = await player.WaitForExitAsync(s_playing);
            Assert.True(exitCode == 0, $"The scenario failed:\n{player.Output}\nThe processes said:\n{deployment.Logs()}");
            Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, s_patience));
            Assert.Equal("completed", recording.Status);
            JsonElement verified = await deployment.VerifyAsync(ledger);
            return new BrowserSession(deployment, recording, [.. player.Output.Split('\n').Where(static line => line.StartsWith("{\"event\"", StringComparison.Ordinal)).Select(Parse)], verified);
        }
        catch
        {
            await deployment.DisposeAsync();
            throw;
        }
    }

    /// <summary>Seconds in the recording at which something was done.</summary>
    /// <param name="name">Event of the scenario.</param>
    /// <param name="peer">By whom.</param>
    /// <param name="what">Source or kind of media; empty = any.</param>
    public double At(string name, string peer, string what = "")
    {
        JsonElement found = Events.First(e => Text(e, "event") == name && Text(e, "peer") == peer && (what.Length == 0 || Text(e, "source") == what || Text(e, "kind") == what));
        return (found.GetProperty("at_us").GetInt64() - Recording.StartedAtUs) / 1e6;
    }

    /// <summary>The quality report that the service made by itself.</summary>
    public async Task<QualityReport> ReportAsync()
    {
        await Eventually.HoldsAsync("the report is there", s_patience, async () =>
            (await _deployment.Control.GetRecordingAsync(new GetRecordingRequest { RecordingId = Recording.RecordingId })).Outputs.Any(static output => output.Kind == "report"));
        return ReportJson.Read(await File.ReadAllBytesAsync(PathOf(Path.Combine("processed", "report.json"))));
    }

    /// <summary>Renders a grid of all and decodes it.</summary>
    public async Task<Film> ComposeAsync()
    {
        Job job = await _deployment.Control.ComposeRecordingAsync(new ComposeRecordingRequest { RecordingId = Recording.RecordingId, Width = 640, Height = 360, FrameRate = Film.FrameRate });
        await Eventually.HoldsAsync("the composite is rendered", s_patience, async () =>
        {
            job = await _deployment.Control.GetJobAsync(new GetJobRequest { JobId = job.JobId });
            Assert.False(job.Status is "failed" or "cancelled", $"{job.Status}: {job.Error?.Message}\n{_deployment.Logs()}");
            return job.Status == "completed";
        });
        return await Film.ReadAsync(PathOf(Assert.Single(job.Outputs, static output => output.Kind == "composite").File));
    }

    /// <summary>A file of the recording.</summary>
    public string PathOf(string name) => Path.Combine(_deployment.DataDirectory, Recording.Prefix, name);

    public ValueTask DisposeAsync() => _deployment.DisposeAsync();

    private static string Text(JsonElement e, string name) => e.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";

    private static JsonElement Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }
}

using System.Text.Json;
using Grpc.Core;
using Recording.EndToEnd.Deployments;
using Recording.Model;
using Recording.Protocol.Control;
using Recording.Protocol.Errors;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>Jobs on a real cluster: a processor dies, a tool fails, a caller changes its mind, and the report that every recording gets.</summary>
public sealed class JobTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task A_job_survives_its_processor_tells_why_it_failed_begins_anew_and_can_be_cancelled()
    {
        using var folder = new TemporaryFolder();
        var ffmpeg = new GatedFfmpeg(Path.Combine(folder.Path, "bin"));

        // No PROCESSOR_WORKERS: every process would get them, and a recorder that is told to have workers has them too.
        (string, string)[] settings = [("PATH", ffmpeg.SearchPath), ("RECORDING_JOB_LEASE", "6s"), ("RECORDING_JOB_BACKOFF", "50ms")];
        await using Deployment deployment = await Deployment.StartClusterAsync(settings);
        ServiceProcess second = await deployment.AddProcessorAsync(settings);
        SimulationPlan plan = SimulationPlan.Create(new RoomShape { Peers = 2, Duration = TimeSpan.FromSeconds(8), AutoRecord = true });
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(plan, [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions());
        Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, Patience));

        ServiceProcess left = await SurvivesAsync(deployment, second, ffmpeg, recording);
        await FailsAndBeginsAnewAsync(deployment, ffmpeg, recording);
        await IsCancelledAsync(deployment, ffmpeg, recording);
        await IsRefusedAsync(deployment, recording);
        await IsReportedAsync(deployment, recording);
        await IsRemuxedAsync(deployment, recording);
        await IsGivenBackAsync(deployment, left, ffmpeg, recording);
    }

    [Fact]
    public async Task A_film_that_is_being_made_when_its_recording_is_deleted_is_cancelled_and_nothing_of_it_is_left()
    {
        using var folder = new TemporaryFolder();
        var ffmpeg = new GatedFfmpeg(Path.Combine(folder.Path, "bin"));
        await using Deployment deployment = await Deployment.StartOneProcessAsync(("PATH", ffmpeg.SearchPath), ("PROCESSOR_WORKERS", "2"));
        SimulationPlan plan = SimulationPlan.Create(new RoomShape { Peers = 2, Duration = TimeSpan.FromSeconds(8), AutoRecord = true });
        await using SimulatedSfu sfu = await SimulatedSfu.ConnectAsync(plan, [deployment.Gateway.GrpcAddress], new SimulatedSfuOptions());
        Wire.Recording recording = Assert.Single(await deployment.WhenEndedAsync(1, Patience));
        string directory = Path.Combine(deployment.DataDirectory, recording.Prefix);

        ffmpeg.Close();
        Job job = await ComposeAsync(deployment, recording, 320);
        await Eventually.HoldsAsync("a processor renders", Patience, () => ffmpeg.Runs.Count > 0);
        Assert.NotEmpty(Directory.EnumerateFiles(Path.Combine(directory, "processed", "jobs", job.JobId), "*", SearchOption.AllDirectories));
        await Eventually.HoldsAsync("it may be deleted", Patience, async () =>
        {
            try
            {
                return (await deployment.Control.DeleteRecordingAsync(new DeleteRecordingRequest { RecordingId = recording.RecordingId })).DeletedAtUs > 0;
            }
            catch (RpcException refused) when (ErrorDetails.FromRpcException(refused)?.Code == RecordingErrorCode.WrongState)
            {
                // Not handed over yet.
                return false;
            }
        });

        // The gate stays closed: only the cancellation ends FFmpeg.
        Assert.Equal("cancelled", (await EndAsync(deployment, job)).Status);
        await Eventually.HoldsAsync("FFmpeg is gone", Patience, () => ffmpeg.Runs.All(static run => !Directory.Exists($"/proc/{run.Own}")));
        await Eventually.HoldsAsync("only the tombstone is left", Patience, () =>
            Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Select(Path.GetFileName).SequenceEqual(["metadata.json"], StringComparer.Ordinal));
        ffmpeg.Open();
        RpcException late = await Assert.ThrowsAsync<RpcException>(() => ComposeAsync(deployment, recording, 160));
        Assert.Equal(RecordingErrorCode.NoSuchRecording, ErrorDetails.FromRpcException(late)!.Code);
        (int exitCode, string report) = await CommandLine.RunAsync("fsck", deployment.DataDirectory, "--json", "--older-than", "0");
        Assert.True(exitCode == 0, report);
    }

    private static async Task<ServiceProcess> SurvivesAsync(Deployment deployment, ServiceProcess second, GatedFfmpeg ffmpeg, Wire.Recording recording)
    {
        ffmpeg.Close();
        Job job = await ComposeAsync(deployment, recording, 320);
        Assert.Equal(job.JobId, (await ComposeAsync(deployment, recording, 320)).JobId);
        await Eventually.HoldsAsync("a processor renders", Patience, () => ffmpeg.Runs.Count > 0);
        ServiceProcess killed = ffmpeg.Runs[0].Processor == second.Process.Id ? second : deployment.Processor!;
        ServiceProcess other = killed == second ? deployment.Processor! : second;
        Assert.True(ffmpeg.Runs[0].Processor == killed.Process.Id, $"{ffmpeg.Runs[0].Processor} is neither processor, {killed.Process.Id} nor {other.Process.Id}");
        await killed.KillAsync();
        ffmpeg.Open();

        job = await EndAsync(deployment, job);
        Assert.True(job.Status == "completed", job.Error?.Message + job.ErrorLog + deployment.Logs());
        Assert.Equal((100, job.TasksTotal), (job.ProgressPercent, job.TasksDone));
        Assert.NotEmpty(ffmpeg.Passed);
        Assert.All(ffmpeg.Passed, run => Assert.Equal(other.Process.Id, run.Processor));
        Output output = Assert.Single(job.Outputs, static output => output.Kind == "composite");
        string made = Path.Combine(deployment.DataDirectory, recording.Prefix, "processed", "jobs", job.JobId);
        Assert.Equal("composite.mp4", Assert.Single(Directory.EnumerateFiles(made, "*", SearchOption.AllDirectories), static file => file.EndsWith(".mp4", StringComparison.Ordinal))[(made.Length + 1)..]);
        Wire.Recording view = await deployment.Control.GetRecordingAsync(new GetRecordingRequest { RecordingId = recording.RecordingId });
        Assert.Single(view.Outputs, listed => listed.File == output.File);
        return other;
    }

    private static async Task IsGivenBackAsync(Deployment deployment, ServiceProcess processor, GatedFfmpeg ffmpeg, Wire.Recording recording)
    {
        ffmpeg.Close();
        int before = ffmpeg.Runs.Count;
        Job job = await ComposeAsync(deployment, recording, 240);
        await Eventually.HoldsAsync("a processor renders", Patience, () => ffmpeg.Runs.Count > before);
        long started = TimeProvider.System.GetTimestamp();
        processor.Process.Terminate();
        Assert.Equal(0, await processor.Process.WaitForExitAsync(TimeSpan.FromSeconds(60)));
        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        Assert.True(took < TimeSpan.FromSeconds(20), $"it took {took.TotalSeconds:0.0} s\n{deployment.Logs()}");
        Assert.All(ffmpeg.Runs.Skip(before), static run => Assert.False(Directory.Exists($"/proc/{run.Own}")));

        ffmpeg.Open();
        await processor.RestartAsync();
        job = await EndAsync(deployment, job);
        Assert.True(job.Status == "completed", job.Error?.Message + job.ErrorLog + deployment.Logs());
    }

    private static async Task FailsAndBeginsAnewAsync(Deployment deployment, GatedFfmpeg ffmpeg, Wire.Recording recording)
    {
        ffmpeg.Fails = true;
        Job job = await EndAsync(deployment, await ComposeAsync(deployment, recording, 160));
        Assert.Equal(("failed", (int)RecordingErrorCode.FinalizationFailed), (job.Status, job.Error.Code));
        Assert.Contains("after 3 attempts", job.Error.Message, StringComparison.Ordinal);
        string[] tail = job.ErrorLog.Split('\n');
        Assert.Equal((50, "line 11 of trouble", "line 60 of trouble"), (tail.Length, tail[0], tail[^1]));

        ffmpeg.Fails = false;
        await Eventually.HoldsAsync("the job begins anew", Patience, async () =>
        {
            try
            {
                return (await deployment.Control.RetryJobAsync(new GetJobRequest { JobId = job.JobId })).Status is "pending" or "running";
            }
            catch (RpcException refused) when (ErrorDetails.FromRpcException(refused)?.Code == RecordingErrorCode.WrongState)
            {
                // Its files are still being removed.
                return false;
            }
        });
        job = await EndAsync(deployment, job);
        Assert.True(job.Status == "completed", job.Error?.Message + job.ErrorLog);
        Assert.Null(job.Error);
    }

    private static async Task IsCancelledAsync(Deployment deployment, GatedFfmpeg ffmpeg, Wire.Recording recording)
    {
        ffmpeg.Close();
        int before = ffmpeg.Runs.Count;
        Job job = await ComposeAsync(deployment, recording, 480);
        await Eventually.HoldsAsync("a processor renders", Patience, () => ffmpeg.Runs.Count > before);
        Assert.Equal("cancelled", (await deployment.Control.CancelJobAsync(new GetJobRequest { JobId = job.JobId })).Status);
        await Eventually.HoldsAsync("FFmpeg is gone", Patience, () => ffmpeg.Runs.Skip(before).All(static run => !Directory.Exists($"/proc/{run.Own}")));
        string made = Path.Combine(deployment.DataDirectory, recording.Prefix, "processed", "jobs", job.JobId);
        await Eventually.HoldsAsync("its files are gone", Patience, () => !Directory.Exists(made) || !Directory.EnumerateFiles(made, "*", SearchOption.AllDirectories).Any());
        Assert.Equal("cancelled", (await deployment.Control.GetJobAsync(new GetJobRequest { JobId = job.JobId })).Status);
        ffmpeg.Open();
    }

    private static async Task IsRefusedAsync(Deployment deployment, Wire.Recording recording)
    {
        foreach ((CreateJobRequest request, string expected) in new[]
        {
            (new CreateJobRequest { Kind = "paint" }, "kind: expected one of compose, remux, report, transcript, found"),
            (new CreateJobRequest { Kind = "compose", SettingsJson = """{"width":5,"colour":"$(reboot)"}""" }, "no such field"),
            (new CreateJobRequest { Kind = "report", SettingsJson = """{"depth":9}""" }, "settings: a report job has none"),
            (new CreateJobRequest { Kind = "remux", SettingsJson = """{"container":"avi"}""" }, "container: expected one of mkv, webm, ogg, found"),
            (new CreateJobRequest { Kind = "transcript", SettingsJson = """{"language":"en; rm -rf /"}""" }, "language: expected at most"),
            (new CreateJobRequest { Kind = "report", Priority = 1000 }, "priority: expected -100 to 100, found 1000"),
        })
        {
            request.RecordingId = recording.RecordingId;
            RpcException refused = await Assert.ThrowsAsync<RpcException>(() => deployment.Control.CreateJobAsync(request).ResponseAsync);
            Assert.Equal(RecordingErrorCode.ProtocolViolation, ErrorDetails.FromRpcException(refused)!.Code);
            Assert.Contains(expected, refused.Status.Detail, StringComparison.Ordinal);
        }
    }

    private static async Task IsReportedAsync(Deployment deployment, Wire.Recording recording)
    {
        string directory = Path.Combine(deployment.DataDirectory, recording.Prefix);
        Wire.Recording view = recording;
        await Eventually.HoldsAsync("the report is there", Patience, async () =>
        {
            view = await deployment.Control.GetRecordingAsync(new GetRecordingRequest { RecordingId = recording.RecordingId });
            return view.Outputs.Count(static output => output.Kind == "report") == 2;
        });
        using JsonDocument made = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(directory, "processed", "report.json")));
        string html = Path.Combine(directory, "by-hand.html");
        (int exitCode, string output) = await CommandLine.RunAsync("report", directory, "--json", "--html", html);
        Assert.True(exitCode == 0, output);
        using JsonDocument byHand = JsonDocument.Parse(output[output.IndexOf('{')..]);
        Assert.Equal(made.RootElement.GetProperty("score").GetInt32(), byHand.RootElement.GetProperty("score").GetInt32());
        Assert.True(made.RootElement.GetProperty("score").GetInt32() >= 80, output);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(directory, "processed", "report.html")), await File.ReadAllTextAsync(html));
    }

    private static async Task IsRemuxedAsync(Deployment deployment, Wire.Recording recording)
    {
        Job job = await EndAsync(deployment, await deployment.Control.CreateJobAsync(
            new CreateJobRequest { RecordingId = recording.RecordingId, Kind = "remux", SettingsJson = """{"container":"ogg"}""" }));
        Assert.True(job.Status == "completed", job.Error?.Message + job.ErrorLog + deployment.Logs());
        (int exitCode, string output) = await CommandLine.RunAsync("job", "get", job.JobId, "--service", deployment.Gateway.GrpcAddress.ToString());
        Assert.True(exitCode == 0, output);
        JsonElement shown = CommandLine.LastJson(output);
        Assert.All(shown.GetProperty("outputs").EnumerateArray(), static file => Assert.EndsWith(".ogg", file.GetProperty("file").GetString(), StringComparison.Ordinal));
        Assert.Equal(
            recording.Tracks.Where(static track => track.Codec == "vp8").Select(static track => $"{track.TrackId} 3002 its codec is vp8, and ogg takes opus only").Order(StringComparer.Ordinal),
            shown.GetProperty("skipped").EnumerateArray().Select(static track => $"{track.GetProperty("track_id")} {track.GetProperty("code")} {track.GetProperty("reason")}").Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.Equal(recording.Tracks.Count, shown.GetProperty("outputs").GetArrayLength() + shown.GetProperty("skipped").GetArrayLength());
    }

    private static async Task<Job> ComposeAsync(Deployment deployment, Wire.Recording recording, uint width) =>
        await deployment.Control.ComposeRecordingAsync(new ComposeRecordingRequest { RecordingId = recording.RecordingId, Width = width, Height = width / 2, FrameRate = 10 });

    private static async Task<Job> EndAsync(Deployment deployment, Job job)
    {
        await Eventually.HoldsAsync($"job {job.JobId} ends", Patience, async () =>
        {
            job = await deployment.Control.GetJobAsync(new GetJobRequest { JobId = job.JobId });
            return job.Status is "completed" or "failed" or "cancelled";
        });
        return job;
    }
}

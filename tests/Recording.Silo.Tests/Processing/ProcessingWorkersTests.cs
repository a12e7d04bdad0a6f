using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Serialization;
using Orleans.TestingHost;
using Recording.Grains.Abstractions;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Jobs;
using Recording.Grains.State.Hosting;
using Recording.Model;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;
using Recording.Silo.Processing;
using Recording.Storage;
using Recording.TestInfrastructure;

namespace Recording.Silo.Tests.Processing;

/// <summary>Workers with real FFmpeg on a real queue; what jobs hand to their recording is caught on the way.</summary>
public sealed class ProcessingWorkersTests : IAsyncLifetime, IDisposable
{
    private const string Prefix = "rooms/r/rec/";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly ConcurrentQueue<RecordingOutput> _handedOver = new();
    private readonly DirectoryObjectStore _store;
    private readonly InProcessTestCluster _cluster;
    private volatile bool _isDeleted;
    private TimeSpan _lease = TimeSpan.FromSeconds(4);

    public ProcessingWorkersTests()
    {
        _store = new DirectoryObjectStore(new DirectoryStoreOptions { Root = _scratch.Directory.CreateSubdirectory("store").FullName }, TimeProvider.System);
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IObjectStore>(_store);
            silo.Services.AddSerializer(serializer => serializer.AddRecordingModel());
            silo.Services.Configure<JobOptions>(options =>
            {
                options.FirstBackoff = TimeSpan.FromMilliseconds(50);
                options.RetryPeriod = TimeSpan.FromMilliseconds(200);
                options.LeaseDuration = _lease;
            });
            silo.AddObjectStoreGrainStorage();
            silo.AddOutgoingGrainCallFilter(async context =>
            {
                if (context.InterfaceMethod.DeclaringType == typeof(IRecordingGrain))
                {
                    if (context.InterfaceMethod.Name == nameof(IRecordingGrain.GetView))
                    {
                        context.Result = null;
                        return;
                    }

                    _handedOver.Enqueue((RecordingOutput)context.Request.GetArgument(0)!);
                    context.Result = null;
                    return;
                }

                await context.Invoke();
            });
        });
        builder.ConfigureClient(client =>
        {
            client.Services.AddSerializer(serializer => serializer.AddRecordingModel());
            client.AddOutgoingGrainCallFilter(async context =>
            {
                if (context.InterfaceMethod.DeclaringType == typeof(IRecordingGrain))
                {
                    Assert.Equal(nameof(IRecordingGrain.IsKept), context.InterfaceMethod.Name);
                    context.Result = !_isDeleted;
                    return;
                }

                await context.Invoke();
            });
        });
        _cluster = builder.Build();
    }

    private IJobQueueGrain Queue => _cluster.Client.GetGrain<IJobQueueGrain>(JobIds.DefaultQueue);

    public Task InitializeAsync() => _cluster.DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    public void Dispose()
    {
        _store.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_job_is_planned_remuxed_rendered_joined_and_published_by_two_workers()
    {
        await StoreRecordingAsync(3);
        using IHost workers = await StartWorkersAsync(2);
        JobSpec spec = Spec(CompositionSettings.Default with { Width = 320, Height = 180, FrameRate = 10 });
        await Job(spec).Create(spec);
        JobView view = await EndAsync(spec);
        Assert.True(view.Status == JobStatus.Completed, view.Failure?.Message + view.FailureLog);
        string composite = $"processed/jobs/{view.JobId}/composite.mp4";
        RecordingOutput output = view.Outputs.Single(file => file.Kind == "composite");
        Assert.Equal(composite, output.File);
        Assert.InRange(output.DurationSeconds, 2.9, 3.1);
        Assert.Equal(output.Bytes, (await _store.HeadAsync(Prefix + composite))!.Size);
        Assert.Equal(2, view.Outputs.Count(file => file is { Kind: "track", Sha256.Length: 64 }));
        Assert.Equal(3, _handedOver.Count);
        await Eventually.HoldsAsync("work files are removed", _patience, async () => await CountAsync(RecordingKeys.JobWork(Prefix, view.JobId)) == 0);
        await workers.StopAsync();
    }

    [Fact]
    public async Task The_default_composition_is_found_under_its_well_known_name()
    {
        await StoreRecordingAsync(1);
        using IHost workers = await StartWorkersAsync(1);
        JobSpec spec = Spec(CompositionSettings.Default);
        await Job(spec).Create(spec);
        Assert.Equal(JobStatus.Completed, (await EndAsync(spec)).Status);
        Assert.NotNull(await _store.HeadAsync(Prefix + "processed/composite.mp4"));
        await workers.StopAsync();
    }

    [Fact]
    public async Task A_remux_to_ogg_publishes_the_sound_and_names_the_pictures_and_webm_has_a_name_of_its_own()
    {
        await StoreRecordingAsync(1);
        using IHost workers = await StartWorkersAsync(1);
        JobSpec ogg = Spec(CompositionSettings.Default) with { Kind = "remux", Parameters = """{"container":"ogg"}""" };
        await Job(ogg).Create(ogg);
        JobView view = await EndAsync(ogg);
        Assert.True(view.Status == JobStatus.Completed, view.Failure?.Message + view.FailureLog);
        Assert.Equal("processed/tracks/alice-audio.ogg", Assert.Single(view.Outputs).File);
        Assert.Equal(new JobSkippedTrack("alice-video", "its codec is vp8, and ogg takes opus only", RecordingErrorCode.UnsupportedCodec), Assert.Single(view.Skipped));
        JobSpec webm = ogg with { Parameters = """{"container":"webm"}""" };
        await Job(webm).Create(webm);
        view = await EndAsync(webm);
        Assert.Empty(view.Skipped);
        string[] files = ["processed/tracks/alice-audio.ogg", "processed/tracks/alice-audio.webm", "processed/tracks/alice-video.webm"];
        Assert.Equal(files, _handedOver.Select(static output => output.File).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (RecordingOutput output in _handedOver)
        {
            Assert.Equal(output.Bytes, (await _store.HeadAsync(Prefix + output.File))!.Size);
        }

        await workers.StopAsync();
    }

    [Fact]
    public async Task Bad_parameters_fail_at_once_and_say_why()
    {
        await StoreRecordingAsync(1);
        using IHost workers = await StartWorkersAsync(1);
        JobSpec spec = Spec(CompositionSettings.Default) with { Parameters = "{\"width\":3}" };
        await Job(spec).Create(spec);
        JobView view = await EndAsync(spec);
        Assert.Equal(RecordingErrorCode.ProtocolViolation, view.Failure!.Code);
        Assert.Contains("width: expected an even number", view.Failure.Message, StringComparison.Ordinal);
        await workers.StopAsync();
    }

    [Fact]
    public async Task A_tool_that_fails_three_times_fails_the_job_with_its_last_lines()
    {
        await StoreRecordingAsync(1);
        string tool = _scratch.File("ffmpeg.sh").FullName;
        await File.WriteAllTextAsync(tool, "#!/bin/sh\ncase \"$*\" in *'-h long'*) ;; *-encoders*) echo ' ------'; echo ' V..... libx264'; echo ' A..... aac';; *-version*) echo 'ffmpeg version 9';; *) echo 'the disk is on fire' >&2; exit 3;; esac\n");
        Executable(tool);
        using IHost workers = await StartWorkersAsync(1, options => options.Ffmpeg.FfmpegPath = tool);
        JobSpec spec = Spec(CompositionSettings.Default);
        await Job(spec).Create(spec);
        JobView view = await EndAsync(spec);
        Assert.Equal(RecordingErrorCode.FinalizationFailed, view.Failure!.Code);
        Assert.Contains("after 3 attempts", view.Failure.Message, StringComparison.Ordinal);
        Assert.Equal("the disk is on fire", view.FailureLog);
        await workers.StopAsync();
    }

    [Fact]
    public async Task Shutdown_gives_the_task_back_and_cancel_stops_the_work()
    {
        await StoreRecordingAsync(1);
        string tool = _scratch.File("ffmpeg.sh").FullName;
        string log = _scratch.File("started").FullName;
        await File.WriteAllTextAsync(tool, $"#!/bin/sh\ncase \"$*\" in *'-h long'*) ;; *-encoders*) echo ' ------'; echo ' V..... libx264'; echo ' A..... aac';; *-version*) echo 'ffmpeg version 9';; *) echo $$ >> {log}; exec sleep 600;; esac\n");
        Executable(tool);
        JobSpec spec = Spec(CompositionSettings.Default);

        // Read when the first grain comes up: what is given back here did not run out.
        _lease = TimeSpan.FromMinutes(10);
        await Job(spec).Create(spec);
        using (IHost workers = await StartWorkersAsync(1, options => options.Ffmpeg.FfmpegPath = tool))
        {
            await Eventually.HoldsAsync("FFmpeg runs", _patience, () => File.Exists(log));
            await workers.StopAsync();
        }

        Assert.Equal(0, (await Queue.GetDepth()).Leased);
        LeasedTask back = (await Queue.Pull("test"))!;
        Assert.Equal(1, back.Task.Attempt);
        await Queue.Fail(back.LeaseId, new TaskFailure(RecordingErrorCode.ShuttingDown, "", "", Permanent: false));
        using (IHost workers = await StartWorkersAsync(1, options => options.Ffmpeg.FfmpegPath = tool))
        {
            await Eventually.HoldsAsync("FFmpeg runs again", _patience, () => File.ReadAllLines(log).Length >= 2);
            await Job(spec).Cancel();
            await Eventually.HoldsAsync("FFmpeg is gone", _patience, () => File.ReadAllLines(log).All(process => !Directory.Exists($"/proc/{process}")));
            await Eventually.HoldsAsync("the lease is handed in", _patience, async () => await Queue.GetDepth() == new QueueDepth(0, 0));
            await Eventually.HoldsAsync("nothing of it is left", _patience, async () => await CountAsync(Prefix + "processed/") == 0);
            await workers.StopAsync();
        }

        Assert.Equal(JobStatus.Cancelled, (await Job(spec).GetView())!.Status);
    }

    [Fact]
    public async Task A_report_is_made_without_being_asked_for_more_and_a_transcript_needs_a_transcriber()
    {
        await StoreRecordingAsync(1);
        using IHost workers = await StartWorkersAsync(1);
        JobSpec report = Spec(CompositionSettings.Default) with { Kind = "report", Parameters = "" };
        JobSpec transcript = report with { Kind = "transcript" };
        await Job(transcript).Create(transcript);
        await Job(report).Create(report);
        JobView failed = await EndAsync(transcript);
        Assert.Equal(RecordingErrorCode.NotFound, failed.Failure!.Code);
        Assert.Contains("RECORDING_TRANSCRIBER_URL is not set", failed.Failure.Message, StringComparison.Ordinal);
        JobView made = await EndAsync(report);
        Assert.Equal(["processed/report.html", "processed/report.json"], made.Outputs.Select(output => output.File).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        foreach (RecordingOutput output in made.Outputs)
        {
            Assert.Equal(output.Bytes, (await _store.HeadAsync(Prefix + output.File))!.Size);
        }

        await workers.StopAsync();
    }

    [Fact]
    public async Task Work_for_a_recording_that_is_deleted_meanwhile_leaves_nothing_behind()
    {
        await StoreRecordingAsync(1);
        string tool = _scratch.File("ffprobe.sh").FullName;
        string began = _scratch.File("began").FullName;
        string goOn = _scratch.File("go-on").FullName;
        await File.WriteAllTextAsync(tool, $"#!/bin/sh\n: > {began}\nwhile [ ! -e {goOn} ]; do sleep 0.1; done\nexec ffprobe \"$@\"\n");
        Executable(tool);
        int before = await CountAsync(Prefix);
        JobSpec spec = Spec(CompositionSettings.Default) with { Kind = "remux", Parameters = "" };
        await Job(spec).Create(spec);
        using IHost workers = await StartWorkersAsync(1, options => options.Ffmpeg.FfprobePath = tool);
        await Eventually.HoldsAsync("a track is being made", _patience, () => File.Exists(began));
        Assert.True(await CountAsync(Prefix + "processed/") > 0);
        _isDeleted = true;
        await File.WriteAllTextAsync(goOn, "");
        JobView view = await EndAsync(spec);
        Assert.Equal((JobStatus.Failed, RecordingErrorCode.NoSuchRecording), (view.Status, view.Failure!.Code));
        await Eventually.HoldsAsync("nothing of it is left", _patience, async () => await CountAsync(Prefix) == before);
        Assert.Empty(_handedOver);
        await workers.StopAsync();
    }

    [Fact]
    public async Task Hls_names_every_file_of_its_package_and_a_sprite_map_its_pictures()
    {
        await StoreRecordingAsync(2);
        using IHost workers = await StartWorkersAsync(1);
        JobSpec spec = Spec(CompositionSettings.Default with { Width = 320, Height = 180, FrameRate = 10, Format = "hls", Thumbnails = true });
        await Job(spec).Create(spec);
        JobView view = await EndAsync(spec);
        Assert.True(view.Status == JobStatus.Completed, view.Failure?.Message + view.FailureLog);
        string folder = $"processed/jobs/{view.JobId}/";
        Assert.Equal(
            ["init.mp4", "media.m3u8", "segment-00000.m4s"],
            view.Outputs.Single(static output => output.Kind == "composite").Parts.Select(static part => part.Name).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        await Eventually.HoldsAsync("work files are removed", _patience, async () => await CountAsync(RecordingKeys.JobWork(Prefix, view.JobId)) == 0);
        SortedDictionary<string, string> named = new(StringComparer.Ordinal);
        foreach ((string file, long bytes, string sha256) in view.Outputs.SelectMany(static output => output.Files()))
        {
            await using StoredObject stored = (await _store.GetAsync(Prefix + file))!;
            byte[] content = await stored.ReadAllAsync();
            Assert.Equal((bytes, sha256), (content.Length, Convert.ToHexStringLower(SHA256.HashData(content))));
            named.Add(Prefix + file, sha256);
        }

        List<string> stray = [];
        await foreach (ObjectInfo file in _store.ListAsync(Prefix + "processed/"))
        {
            if (!named.Remove(file.Key))
            {
                stray.Add(file.Key);
            }
        }

        Assert.Empty(stray);
        Assert.Empty(named);
        Assert.Contains(view.Outputs.Single(static output => output.Kind == "sprites").Parts, static part => part.Name == "sprite-000.jpg");
        await workers.StopAsync();
    }

    private static void Executable(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static JobSpec Spec(CompositionSettings settings) => new() { RecordingId = "rec", Prefix = Prefix, Kind = "compose", Parameters = settings.ToJson() };

    private IJobGrain Job(JobSpec spec) => _cluster.Client.GetGrain<IJobGrain>(JobIds.For(spec));

    private async Task<JobView> EndAsync(JobSpec spec)
    {
        JobView? view = null;
        await Eventually.HoldsAsync("the job ends", _patience, async () => (view = await Job(spec).GetView())?.Status is JobStatus.Completed or JobStatus.Failed or JobStatus.Cancelled);
        return view!;
    }

    private async Task<IHost> StartWorkersAsync(int count, Action<ProcessingOptions>? configure = null)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<IGrainFactory>(_cluster.Client);
        builder.Services.AddSingleton<IObjectStore>(_store);
        builder.Services.AddProcessing(options =>
        {
            options.Workers = count;
            options.IdleDelay = TimeSpan.FromMilliseconds(50);
            options.Render = options.Render with { Preset = "ultrafast", ShortestChunkSeconds = 1, LongestChunkSeconds = 1 };
            configure?.Invoke(options);
        });
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private async Task StoreRecordingAsync(double seconds)
    {
        DirectoryInfo directory = _scratch.Directory.CreateSubdirectory("recording");
        var recording = new TestRecording(directory, seconds);
        await recording.AddVideoAsync("alice", "blue", 0, seconds);
        await recording.AddAudioAsync("alice", 0, seconds);
        await recording.WriteDocumentsAsync();
        foreach (FileInfo file in directory.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(directory.FullName, file.FullName).Replace('\\', '/');
            await _store.PutAsync(Prefix + name, await File.ReadAllBytesAsync(file.FullName));
        }
    }

    private async Task<int> CountAsync(string prefix)
    {
        int count = 0;
        await foreach (ObjectInfo _ in _store.ListAsync(prefix))
        {
            count++;
        }

        return count;
    }
}

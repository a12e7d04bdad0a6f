using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orleans.Serialization;
using Orleans.TestingHost;
using Recording.Grains.Abstractions;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Jobs;
using Recording.Grains.State.Hosting;
using Recording.PostProcessing.Ffmpeg;
using Recording.PostProcessing.Outputs;
using Recording.PostProcessing.Tests.Support;
using Recording.Silo.Processing;
using Recording.Storage;
using Recording.TestInfrastructure;

namespace Recording.Silo.Tests.Processing;

/// <summary>When workers of a busy machine take what a real queue has, and how they share it. The machine's readings are the test's.</summary>
public sealed class BusyMachineTests : IAsyncLifetime, IDisposable
{
    private const string Prefix = "rooms/r/rec/";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private readonly ScratchDirectory _scratch = ScratchDirectory.Create();
    private readonly ConcurrentQueue<LeasedTask> _leases = new();
    private readonly MeterListener _listener = new();
    private readonly DirectoryObjectStore _store;
    private readonly InProcessTestCluster _cluster;
    private int _pulls;
    private int _deferred;

    public BusyMachineTests()
    {
        _store = new DirectoryObjectStore(new DirectoryStoreOptions { Root = _scratch.Directory.CreateSubdirectory("store").FullName }, TimeProvider.System);
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IObjectStore>(_store);
            silo.Services.AddSerializer(static serializer => serializer.AddRecordingModel());
            silo.Services.Configure<JobOptions>(static options => options.LeaseDuration = TimeSpan.FromMinutes(10));
            silo.AddObjectStoreGrainStorage();

            // There is no recording grain: what a job hands over is taken.
            silo.AddOutgoingGrainCallFilter(static context => IsForRecording(context) ? Answer(context, null) : context.Invoke());
        });
        builder.ConfigureClient(client =>
        {
            client.Services.AddSerializer(static serializer => serializer.AddRecordingModel());
            client.AddOutgoingGrainCallFilter(async context =>
            {
                if (IsForRecording(context))
                {
                    await Answer(context, true);
                    return;
                }

                await context.Invoke();
                if (context.InterfaceMethod.Name == nameof(IJobQueueGrain.Pull))
                {
                    Interlocked.Increment(ref _pulls);
                    if (context.Result is LeasedTask lease)
                    {
                        _leases.Enqueue(lease);
                    }
                }
            });
        });
        _cluster = builder.Build();
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Name == "recording.processing.deferred")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, count, _, _) => Interlocked.Add(ref _deferred, (int)count));
        _listener.Start();
    }

    private IJobQueueGrain Queue => _cluster.Client.GetGrain<IJobQueueGrain>(JobIds.DefaultQueue);

    public async Task InitializeAsync()
    {
        await _cluster.DeployAsync();
        DirectoryInfo directory = _scratch.Directory.CreateSubdirectory("recording");
        var recording = new TestRecording(directory, 3600);
        recording.SetPresence("alice", 0, 3600);
        await recording.WriteDocumentsAsync();
        foreach (FileInfo file in directory.EnumerateFiles())
        {
            await _store.PutAsync(Prefix + file.Name, await File.ReadAllBytesAsync(file.FullName));
        }
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    public void Dispose()
    {
        _listener.Dispose();
        _store.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task A_task_stays_in_the_queue_untouched_while_capture_needs_the_cpus_and_begins_when_they_are_free()
    {
        var time = new FakeTimeProvider();
        DirectoryInfo proc = _scratch.Directory.CreateSubdirectory("proc");
        Cpu(proc, busy: 1000, idle: 1000);
        using IHost workers = await StartWorkersAsync(proc, options => options.Capacity.MaxCpuPercent = 90, time);
        await Eventually.HoldsAsync("the worker asks for work", _patience, () =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return Volatile.Read(ref _pulls) > 0;
        });
        Cpu(proc, busy: 2000, idle: 1000);
        await DeferredAsync(1, time);
        int pulls = Volatile.Read(ref _pulls);
        JobSpec spec = Spec("report");
        await Job(spec).Create(spec);
        await DeferredAsync(3, time);
        Assert.Equal(new QueueDepth(1, 0), await Queue.GetDepth());
        Assert.Equal(JobStatus.Pending, (await Job(spec).GetView())!.Status);
        Assert.Equal(pulls, Volatile.Read(ref _pulls));

        Cpu(proc, busy: 2000, idle: 5000);
        await EndsAsync(spec, time);
        Assert.Equal(1, Assert.Single(_leases).Task.Attempt);
        await workers.StopAsync();
    }

    [Fact]
    public async Task A_process_that_starts_on_a_busy_machine_takes_nothing_before_it_has_measured_it()
    {
        var time = new FakeTimeProvider();
        DirectoryInfo proc = _scratch.Directory.CreateSubdirectory("proc");
        int busy = 1000;
        Cpu(proc, busy, idle: 1000);
        JobSpec spec = Spec("report");
        await Job(spec).Create(spec);
        using IHost workers = await StartWorkersAsync(proc, options => options.Capacity.MaxCpuPercent = 90, time);

        // Whichever two readings are taken, nothing was idle between them.
        await DeferredAsync(2, time, () => Cpu(proc, busy += 1000, idle: 1000));
        Assert.Equal(0, Volatile.Read(ref _pulls));
        Assert.Equal(new QueueDepth(1, 0), await Queue.GetDepth());
        await workers.StopAsync();
    }

    [Fact]
    public async Task What_a_process_has_no_memory_for_another_process_takes()
    {
        DirectoryInfo full = Memory("full", megabytes: 100);
        DirectoryInfo free = Memory("free", megabytes: 4000);
        JobSpec spec = Spec("report");
        await Job(spec).Create(spec);
        using IHost busy = await StartWorkersAsync(full, static options => options.Capacity.MinFreeMemory = 256L << 20);
        await DeferredAsync(3);
        Assert.Equal(new QueueDepth(1, 0), await Queue.GetDepth());
        Assert.Equal(0, Volatile.Read(ref _pulls));

        using IHost other = await StartWorkersAsync(free, static options => options.Capacity.MinFreeMemory = 256L << 20);
        await EndsAsync(spec);
        Assert.Equal(1, Assert.Single(_leases).Task.Attempt);
        await DeferredAsync(1);
        await other.StopAsync();
        await busy.StopAsync();
    }

    [Fact]
    public async Task A_plan_is_cut_for_as_many_workers_as_the_queue_has_seen()
    {
        var options = new ProcessingOptions { Workers = 2 };
        using var runner = new TaskRunner(_store, _cluster.Client, await FfmpegProbe.RunAsync(options.Ffmpeg, TimeProvider.System, CancellationToken.None), options, TimeProvider.System, NullLogger.Instance);
        JobSpec spec = Spec("compose");
        foreach (string elsewhere in (string[])["a-1-0", "a-1-1", "b-7-0", "b-7-1"])
        {
            Assert.Null(await Queue.Pull(elsewhere));
        }

        await Job(spec).Create(spec);
        LeasedTask plan = (await Queue.Pull("here"))!;
        Assert.Equal(20, Chunks(await runner.RunAsync(plan, new Progress<double>(), CancellationToken.None)));

        // A queue of an earlier version does not say.
        Assert.Equal(8, Chunks(await runner.RunAsync(plan with { Workers = 0 }, new Progress<double>(), CancellationToken.None)));

        static int Chunks(TaskResult result) => result.Tasks.Count(static task => task.Kind == CompositionTasks.Render);
    }

    private static bool IsForRecording(IOutgoingGrainCallContext context) => context.InterfaceMethod.DeclaringType == typeof(IRecordingGrain);

    private static Task Answer(IOutgoingGrainCallContext context, object? result)
    {
        context.Result = result;
        return Task.CompletedTask;
    }

    private static void Cpu(DirectoryInfo proc, int busy, int idle)
    {
        // Replaced as a whole: a worker may be reading.
        string next = Path.Combine(proc.FullName, "next");
        File.WriteAllText(next, $"cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\n");
        File.Move(next, Path.Combine(proc.FullName, "stat"), overwrite: true);
    }

    private DirectoryInfo Memory(string name, int megabytes)
    {
        DirectoryInfo proc = _scratch.Directory.CreateSubdirectory(name);
        File.WriteAllText(Path.Combine(proc.FullName, "meminfo"), $"MemAvailable:   {megabytes * 1024} kB\n");
        return proc;
    }

    private static JobSpec Spec(string kind) =>
        new() { RecordingId = "rec", Prefix = Prefix, Kind = kind, Parameters = kind == "compose" ? CompositionSettings.Default.ToJson() : "" };

    private IJobGrain Job(JobSpec spec) => _cluster.Client.GetGrain<IJobGrain>(JobIds.For(spec));

    /// <summary>Workers have looked at the machine so many times more and found no room.</summary>
    private Task DeferredAsync(int times, FakeTimeProvider? time = null, Action? meanwhile = null)
    {
        int before = Volatile.Read(ref _deferred);
        return Eventually.HoldsAsync("the machine is found busy", _patience, () =>
        {
            meanwhile?.Invoke();
            time?.Advance(TimeSpan.FromSeconds(1));
            return Volatile.Read(ref _deferred) >= before + times;
        });
    }

    private Task EndsAsync(JobSpec spec, FakeTimeProvider? time = null) => Eventually.HoldsAsync("the job is completed", _patience, async () =>
    {
        time?.Advance(TimeSpan.FromSeconds(1));
        return (await Job(spec).GetView())!.Status == JobStatus.Completed;
    });

    private async Task<IHost> StartWorkersAsync(DirectoryInfo proc, Action<ProcessingOptions> configure, TimeProvider? time = null)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<IGrainFactory>(_cluster.Client);
        builder.Services.AddSingleton<IObjectStore>(_store);
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.Services.AddProcessing(options =>
        {
            options.Workers = 1;
            options.IdleDelay = TimeSpan.FromMilliseconds(50);
            options.Capacity.ProcDirectory = proc.FullName;
            options.Capacity.GroupDirectory = proc.FullName;
            configure(options);
        });
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }
}

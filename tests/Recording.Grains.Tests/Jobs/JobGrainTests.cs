using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Serialization;
using Orleans.TestingHost;
using Recording.Grains.Abstractions;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Jobs;
using Recording.Grains.State.Hosting;
using Recording.Grains.Tests.Doubles;
using Recording.Model;
using Recording.Storage;
using Eventually = Recording.TestInfrastructure.Eventually;

namespace Recording.Grains.Tests.Jobs;

/// <summary>Jobs and their queue as grains; what they hand to their recording is caught on the way.</summary>
public sealed class JobGrainTests : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private static readonly JobSpec Spec = new() { RecordingId = "gone", Prefix = "rooms/r/gone/", Kind = "compose", Parameters = "{}" };
    private readonly MemoryObjectStore _store = new();
    private readonly ConcurrentQueue<RecordingOutput> _handedOver = new();
    private readonly ConcurrentQueue<string> _log = new();
    private readonly InProcessTestCluster _cluster;
    private volatile bool _isDeleted;
    private TimeSpan _lease = TimeSpan.FromSeconds(1);

    public JobGrainTests() => _cluster = Build();

    private IJobGrain Job => _cluster.Client.GetGrain<IJobGrain>(JobIds.For(Spec));

    private IJobQueueGrain Queue => _cluster.Client.GetGrain<IJobQueueGrain>(JobIds.DefaultQueue);

    public Task InitializeAsync() => _cluster.DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    private InProcessTestCluster Build()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IObjectStore>(_store);
            silo.Services.AddLogging(logging => logging.AddProvider(new CapturedLog(_log)));
            silo.Services.AddSerializer(serializer => serializer.AddRecordingModel());
            silo.Services.Configure<JobOptions>(options =>
            {
                options.FirstBackoff = TimeSpan.FromMilliseconds(1);
                options.LeaseDuration = _lease;
                options.RetryPeriod = TimeSpan.FromMilliseconds(200);
                options.OfferPeriod = TimeSpan.FromMilliseconds(500);
            });
            silo.AddObjectStoreGrainStorage("objects");
            silo.AddOutgoingGrainCallFilter(async context =>
            {
                if (context.InterfaceMethod.DeclaringType == typeof(IRecordingGrain))
                {
                    if (context.InterfaceMethod.Name == nameof(IRecordingGrain.GetView))
                    {
                        context.Result = _isDeleted ? null : View();
                        return;
                    }

                    if (_isDeleted)
                    {
                        throw new RecordingException(RecordingErrorCode.NoSuchRecording, "was deleted");
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
            client.AddRecordingExceptions();
        });
        return builder.Build();
    }

    [Fact]
    public async Task A_job_runs_through_the_queue_to_its_end_and_its_work_files_go()
    {
        string work = RecordingKeys.JobWork(Spec.Prefix, JobIds.For(Spec));
        await Job.Create(Spec);
        await Job.Create(Spec);
        LeasedTask plan = await PullAsync();
        Assert.Equal("plan", plan.Task.Kind);
        Assert.True(await Queue.Report(plan.LeaseId, 0));
        Assert.Equal(JobStatus.Running, (await Job.GetView())!.Status);
        await Queue.Complete(plan.LeaseId, new TaskResult { Tasks = [Task("render-0"), Task("join", "render-0")] });
        LeasedTask render = await PullAsync();
        await _store.PutAsync(work + "video-00000.ts", new byte[1]);
        Assert.Null(await Queue.Pull("other"));
        await Queue.Complete(render.LeaseId, new TaskResult());
        LeasedTask join = await PullAsync();
        await Queue.Complete(join.LeaseId, new TaskResult { Outputs = [new RecordingOutput { File = "processed/composite.mp4", Kind = "composite", Bytes = 5 }] });
        JobView view = await ViewAsync(JobStatus.Completed);
        Assert.Equal("processed/composite.mp4", Assert.Single(view.Outputs).File);
        Assert.Equal(JobIds.For(Spec), Assert.Single(_handedOver).JobId);
        await Eventually.HoldsAsync("work files are removed", _patience, () => !_store.Keys.Any(key => key.StartsWith(work, StringComparison.Ordinal)));
        Assert.Equal(new QueueDepth(0, 0), await Queue.GetDepth());
    }

    [Fact]
    public async Task A_worker_that_vanishes_loses_its_task_to_another_and_three_of_them_fail_the_job()
    {
        await Job.Create(Spec);
        LeasedTask first = await PullAsync();
        LeasedTask second = await PullAsync();
        Assert.Equal(2, second.Task.Attempt);
        Assert.False(await Queue.Report(first.LeaseId, 0.5));
        await Assert.ThrowsAsync<RecordingException>(() => Queue.Complete(first.LeaseId, new TaskResult()));
        await PullAsync();
        JobView view = await ViewAsync(JobStatus.Failed);
        Assert.Contains("gave no sign", view.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_attempt_comes_again_and_a_task_given_back_is_no_attempt()
    {
        await Job.Create(Spec);
        LeasedTask first = await PullAsync();
        await Queue.Fail(first.LeaseId, new TaskFailure(RecordingErrorCode.ShuttingDown, "stops", "", Permanent: false));
        LeasedTask again = await PullAsync();
        Assert.Equal(1, again.Task.Attempt);
        await Queue.Fail(again.LeaseId, new TaskFailure(RecordingErrorCode.FinalizationFailed, "broke", "last line", Permanent: false));
        Assert.Equal(2, (await PullAsync()).Task.Attempt);
        Assert.NotEqual(JobStatus.Failed, (await Job.GetView())!.Status);
    }

    [Fact]
    public async Task Cancel_takes_the_job_off_the_queue_and_tells_its_worker()
    {
        await Job.Create(Spec);
        LeasedTask plan = await PullAsync();
        await Job.Cancel();
        Assert.False(await Queue.Report(plan.LeaseId, 0.1));
        await Eventually.HoldsAsync("the queue is empty", _patience, async () => await Queue.GetDepth() == new QueueDepth(0, 0));
        Assert.Equal(JobStatus.Cancelled, (await Job.GetView())!.Status);
    }

    [Fact]
    public async Task A_job_whose_recording_was_deleted_hands_nothing_over_and_removes_what_it_made()
    {
        await Job.Create(Spec);
        LeasedTask plan = await PullAsync();
        foreach (string name in (string[])["master.m3u8", "segment-00000.m4s", "of-another-job.mp4"])
        {
            await _store.PutAsync(Spec.Prefix + "processed/hls/" + name, new byte[1]);
        }

        _isDeleted = true;
        RecordingOutput master = new() { File = "processed/hls/master.m3u8", Kind = "composite", Bytes = 1, Parts = [new OutputPart("segment-00000.m4s", 1, "")] };
        await Queue.Complete(plan.LeaseId, new TaskResult { Outputs = [master] });
        await ViewAsync(JobStatus.Cancelled);
        await Eventually.HoldsAsync("the queue is empty", _patience, async () => await Queue.GetDepth() == new QueueDepth(0, 0));
        Assert.Equal([Spec.Prefix + "processed/hls/of-another-job.mp4"], _store.Keys.Where(static key => key.StartsWith(Spec.Prefix, StringComparison.Ordinal)), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(JobStatus.Cancelled)]
    [InlineData(JobStatus.Failed)]
    public async Task What_finished_tasks_published_goes_with_a_job_that_ends_badly_and_what_the_recording_names_stays(JobStatus end)
    {
        string own = $"processed/jobs/{JobIds.For(Spec)}/";
        (LeasedTask first, LeasedTask second) = await TwoTasksAsync();
        _handedOver.Enqueue(Output("processed/report.json"));
        string[] kept = ["processed/report.json", "processed/of-nobody.mp4", "processed/jobs/another/a.wav"];
        await PutAsync([.. kept, "processed/speakers/ann.wav", "processed/tracks/ann.mkv", "processed/tracks/ann.webm", "processed/tracks/ann.ogg", own + "half.m4s"]);
        string[] made = ["processed/speakers/ann.wav", "processed/tracks/ann.mkv", "processed/tracks/ann.webm", "processed/tracks/ann.ogg", "processed/report.json"];
        await Queue.Complete(first.LeaseId, new TaskResult { Outputs = [.. made.Select(Output)] });
        if (end == JobStatus.Cancelled)
        {
            await Job.Cancel();
            await Queue.Fail(second.LeaseId, new TaskFailure(RecordingErrorCode.ShuttingDown, "dropped", "", Permanent: false));
        }
        else
        {
            await Queue.Fail(second.LeaseId, new TaskFailure(RecordingErrorCode.NotFound, "broke", "", Permanent: true));
        }

        await ViewAsync(end);
        await KeepsOnlyAsync(kept);
        Assert.Equal("processed/report.json", Assert.Single((await Job.GetView())!.Outputs).File);
        Assert.Equal(new QueueDepth(0, 0), await Queue.GetDepth());
    }

    [Fact]
    public async Task What_a_worker_publishes_after_the_cancel_is_removed_too()
    {
        (LeasedTask first, LeasedTask second) = await TwoTasksAsync();
        await Job.Cancel();
        await Eventually.HoldsAsync("no lease holds", _patience, async () => !await Queue.Report(first.LeaseId, 0.5) && !await Queue.Report(second.LeaseId, 0.5));
        Assert.Equal(RecordingErrorCode.WrongState, (await Assert.ThrowsAsync<RecordingException>(() => Job.Retry())).Code);
        await PutAsync("processed/speakers/ann.wav", $"processed/jobs/{JobIds.For(Spec)}/waveform.png");
        await Queue.Complete(first.LeaseId, new TaskResult { Outputs = [Output("processed/speakers/ann.wav")] });
        Assert.Contains(Spec.Prefix + "processed/speakers/ann.wav", _store.Keys, StringComparer.Ordinal);
        await Queue.Fail(second.LeaseId, new TaskFailure(RecordingErrorCode.ShuttingDown, "dropped", "", Permanent: false));
        await KeepsOnlyAsync();
        Assert.Equal(JobStatus.Cancelled, (await Job.GetView())!.Status);
        Assert.Equal(new QueueDepth(0, 0), await Queue.GetDepth());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_well_known_name_stays_while_another_job_is_under_way_and_goes_when_that_is_over(bool isOver)
    {
        (LeasedTask first, LeasedTask second) = await TwoTasksAsync();
        JobSpec spec = Spec with { Kind = "remux" };
        IJobGrain other = _cluster.Client.GetGrain<IJobGrain>(JobIds.For(spec));
        await other.Create(spec);
        if (isOver)
        {
            await other.Cancel();
        }

        await PutAsync("processed/tracks/ann.mkv");
        await Queue.Complete(first.LeaseId, new TaskResult { Outputs = [Output("processed/tracks/ann.mkv")] });
        await Job.Cancel();
        await Queue.Complete(second.LeaseId, new TaskResult());
        await Eventually.HoldsAsync("its files are removed", _patience, async () => (await Job.GetView())!.Outputs.Length == 0);
        await KeepsOnlyAsync(isOver ? [] : ["processed/tracks/ann.mkv"]);
    }

    [Fact]
    public async Task A_queue_names_the_jobs_of_a_recording()
    {
        JobSpec other = Spec with { RecordingId = "other", Prefix = "rooms/r/other/" };
        await Job.Create(Spec);
        await _cluster.Client.GetGrain<IJobGrain>(JobIds.For(other)).Create(other);
        Assert.Equal([JobIds.For(Spec)], await Queue.JobsOf(Spec.RecordingId));
        Assert.Empty(await Queue.JobsOf("nothing"));
        await Job.Cancel();
        await Eventually.HoldsAsync("the cancelled one is gone", _patience, async () => (await Queue.JobsOf(Spec.RecordingId)).Length == 0);
        Assert.Single(await Queue.JobsOf("other"));
    }

    [Fact]
    public async Task A_job_that_could_not_be_stored_is_refused_and_can_be_created_later()
    {
        _store.Before = (operation, key, _) => operation == "put" && key.StartsWith("state/job/", StringComparison.Ordinal)
            ? throw new RecordingException(RecordingErrorCode.StoreUnavailable, "down")
            : System.Threading.Tasks.Task.CompletedTask;
        var error = await Assert.ThrowsAsync<RecordingException>(() => Job.Create(Spec));
        Assert.Equal(RecordingErrorCode.StoreUnavailable, error.Code);
        _store.Repair();
        await Job.Create(Spec);
        Assert.Equal("plan", (await PullAsync()).Task.TaskId);
    }

    [Fact]
    public async Task A_job_is_only_created_under_its_own_id()
    {
        var error = await Assert.ThrowsAsync<RecordingException>(() => _cluster.Client.GetGrain<IJobGrain>("other").Create(Spec));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, error.Code);
    }

    [Fact]
    public async Task A_cancelled_job_begins_anew_once_its_files_are_gone()
    {
        await Job.Create(Spec);
        LeasedTask plan = await PullAsync();
        Assert.Equal(JobStatus.Pending, (await Job.Retry()).Status);
        await Job.Cancel();
        await Eventually.HoldsAsync("it begins anew", _patience, async () =>
        {
            try
            {
                return (await Job.Retry()).Status == JobStatus.Pending;
            }
            catch (RecordingException exception) when (exception.Code == RecordingErrorCode.WrongState)
            {
                return false;
            }
        });
        await Assert.ThrowsAsync<RecordingException>(() => Queue.Complete(plan.LeaseId, new TaskResult()));
        LeasedTask again = await PullAsync();
        Assert.Equal(("plan", 1), (again.Task.TaskId, again.Task.Attempt));
        await Queue.Complete(again.LeaseId, new TaskResult());
        Assert.Equal(Spec.Kind, (await ViewAsync(JobStatus.Completed)).Kind);
        Assert.Equal(RecordingErrorCode.NotFound, (await Assert.ThrowsAsync<RecordingException>(() => _cluster.Client.GetGrain<IJobGrain>("nothing").Retry())).Code);
    }

    [Fact]
    public async Task A_job_whose_silo_died_between_two_tasks_is_gone_on_with_by_its_queue()
    {
        await Job.Create(Spec);
        LeasedTask plan = await PullAsync();
        await Queue.Complete(plan.LeaseId, new TaskResult { Tasks = [Task("render-0")] });
        await Eventually.HoldsAsync("the next task is offered", _patience, async () => (await Queue.GetDepth()).Pending == 1);
        await _cluster.DisposeAsync();

        // As a crash leaves it: the job has stored that the plan is done, and the next task never reached the queue. Nobody looks at the job.
        string key = Assert.Single(_store.Keys, static key => key.StartsWith("state/", StringComparison.Ordinal) && key.Contains("queue", StringComparison.OrdinalIgnoreCase));
        JsonObject queue = JsonNode.Parse(await (await _store.GetAsync(key))!.ReadAllAsync())!.AsObject();
        string tasks = queue.Single(static property => string.Equals(property.Key, "tasks", StringComparison.OrdinalIgnoreCase)).Key;
        Assert.Single(queue[tasks]!.AsArray());
        queue[tasks] = new JsonArray();
        await _store.PutAsync(key, Encoding.UTF8.GetBytes(queue.ToJsonString()));

        await using InProcessTestCluster later = Build();
        await later.DeployAsync();
        IJobQueueGrain restarted = later.Client.GetGrain<IJobQueueGrain>(JobIds.DefaultQueue);
        LeasedTask? next = null;
        await Eventually.HoldsAsync("the next task is offered again", _patience, async () => (next = await restarted.Pull("worker")) is not null);
        Assert.Equal("render-0", next!.Task.TaskId);
    }

    [Fact]
    public async Task A_job_that_no_worker_asks_for_is_said_in_the_log_and_in_the_metrics_once_and_until_it_is_over()
    {
        ConcurrentDictionary<string, int> measured = new(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Name.StartsWith("recording.jobs.", StringComparison.Ordinal))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => measured[instrument.Name] = value);
        listener.Start();

        await Job.Create(Spec);
        await HoldsAsync(waiting: 1, "Warning: Tasks wait and no worker asks for one: default 1 for 1 s");
        Assert.StartsWith("no worker asked for a task for 1 s: ", await Queue.GetObstacle(), StringComparison.Ordinal);
        await Job.Cancel();
        await HoldsAsync(waiting: 0, "Information: Workers ask for tasks again, or none waits: default 0");
        Assert.Equal("", await Queue.GetObstacle());

        async Task HoldsAsync(int waiting, string line) => await Eventually.HoldsAsync(line, _patience, () =>
        {
            listener.RecordObservableInstruments();
            return _log.Count(logged => logged == line) == 1
                && measured.GetValueOrDefault("recording.jobs.waiting", -1) == waiting
                && measured.GetValueOrDefault("recording.jobs.workers", -1) == 0;
        });
    }

    [Fact]
    public async Task A_hostile_specification_is_refused_before_it_is_a_job()
    {
        JobSpec hostile = Spec with { Prefix = "rooms/../../state/" };
        var error = await Assert.ThrowsAsync<RecordingException>(() => _cluster.Client.GetGrain<IJobGrain>(JobIds.For(hostile)).Create(hostile));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, error.Code);
        Assert.DoesNotContain(_store.Keys, key => key.StartsWith("state/job/", StringComparison.Ordinal));
    }

    private async Task<(LeasedTask First, LeasedTask Second)> TwoTasksAsync()
    {
        // Read when the first grain comes up: no lease runs out by itself however slow the machine is.
        _lease = TimeSpan.FromMinutes(5);
        await Job.Create(Spec);
        await Queue.Complete((await PullAsync()).LeaseId, new TaskResult { Tasks = [Task("speaker-0"), Task("speaker-1")] });
        return (await PullAsync(), await PullAsync());
    }

    private async Task PutAsync(params string[] files)
    {
        foreach (string file in files)
        {
            await _store.PutAsync(Spec.Prefix + file, new byte[1]);
        }
    }

    private Task KeepsOnlyAsync(params string[] files) => Eventually.HoldsAsync(
        "only these are kept: " + string.Join(' ', files),
        _patience,
        () => _store.Keys.Where(static key => key.StartsWith(Spec.Prefix, StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal).SetEquals(files.Select(static file => Spec.Prefix + file)));

    private RecordingView View() => new() { RecordingId = Spec.RecordingId, RoomId = "r", Status = RecordingStatus.Completed, Prefix = Spec.Prefix, Outputs = [.. _handedOver] };

    private static RecordingOutput Output(string file) => new() { File = file, Kind = "speaker", Bytes = 1 };

    private static TaskSpec Task(string id, params string[] dependsOn) => new() { TaskId = id, Kind = "render", Payload = "{}", DependsOn = dependsOn };

    private async Task<LeasedTask> PullAsync()
    {
        LeasedTask? lease = null;
        await Eventually.HoldsAsync("a task can be pulled", _patience, async () => (lease = await Queue.Pull("worker")) is not null);
        return lease!;
    }

    private async Task<JobView> ViewAsync(JobStatus status)
    {
        JobView? view = null;
        await Eventually.HoldsAsync($"the job is {status}", _patience, async () => (view = await Job.GetView())?.Status == status);
        return view!;
    }
}

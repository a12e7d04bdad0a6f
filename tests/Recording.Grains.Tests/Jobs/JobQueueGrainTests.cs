using Microsoft.Extensions.DependencyInjection;
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

/// <summary>Several jobs and workers at one queue grain.</summary>
public sealed class JobQueueGrainTests : IAsyncLifetime
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private readonly InProcessTestCluster _cluster;
    private readonly TaskCompletionSource _reporting = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _offersMayPass = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _holdsOffers;
    private int _heldOffers;
    private TimeSpan _backoff = TimeSpan.Zero;

    public JobQueueGrainTests()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IObjectStore>(new MemoryObjectStore());
            silo.Services.AddSerializer(static serializer => serializer.AddRecordingModel());

            // Read when the first grain comes up. No lease runs out by itself, and nothing is offered again by itself.
            silo.Services.Configure<JobOptions>(options =>
            {
                options.FirstBackoff = _backoff;
                options.LeaseDuration = TimeSpan.FromMinutes(5);
                options.OfferPeriod = TimeSpan.FromMinutes(5);
            });
            silo.AddObjectStoreGrainStorage("objects");
            silo.AddOutgoingGrainCallFilter(async context =>
            {
                if (context.InterfaceMethod.DeclaringType == typeof(IRecordingGrain))
                {
                    // There is none, and it keeps no file.
                    context.Result = null;
                    return;
                }

                switch (context.InterfaceMethod.Name)
                {
                    case nameof(IJobQueueGrain.Enqueue) when _holdsOffers:
                        Interlocked.Increment(ref _heldOffers);
                        await _offersMayPass.Task;
                        break;
                    case nameof(IJobGrain.ReportProgress):
                        _reporting.TrySetResult();
                        break;
                    default:
                        break;
                }

                await context.Invoke();
            });
        });
        builder.ConfigureClient(static client =>
        {
            client.Services.AddSerializer(static serializer => serializer.AddRecordingModel());
            client.AddRecordingExceptions();
        });
        _cluster = builder.Build();
    }

    private IJobQueueGrain Queue => _cluster.Client.GetGrain<IJobQueueGrain>(JobIds.DefaultQueue);

    public Task InitializeAsync() => _cluster.DeployAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task A_job_asked_for_again_and_a_worker_that_reports_do_not_wait_for_each_other()
    {
        JobSpec spec = Spec("a");
        await Job(spec).Create(spec);
        LeasedTask plan = (await Queue.Pull("worker"))!;

        // The job has everything to offer again, as after a restart, and the queue is about to call it while it offers.
        _holdsOffers = true;
        await Job(spec).Drive();
        await Eventually.HoldsAsync("the job offers", _patience, () => Volatile.Read(ref _heldOffers) == 1);
        Task<JobView> creating = Job(spec).Create(spec);
        await Eventually.HoldsAsync("the caller's turn offers too", _patience, () => Volatile.Read(ref _heldOffers) == 2);
        Task<bool> reporting = Queue.Report(plan.LeaseId, 0.5);
        await _reporting.Task.WaitAsync(_patience);
        _offersMayPass.SetResult();
        Assert.True(await reporting.WaitAsync(_patience));
        Assert.Equal(JobIds.For(spec), (await creating.WaitAsync(_patience)).JobId);
        Assert.Equal(new QueueDepth(0, 1), await Queue.GetDepth());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_attempt_that_ends_while_its_job_offers_it_again_is_not_given_to_anybody(bool fails)
    {
        JobSpec spec = Spec("a");
        await Job(spec).Create(spec);
        LeasedTask first = (await Queue.Pull("worker"))!;
        _holdsOffers = true;
        await Job(spec).Drive();
        await Eventually.HoldsAsync("the job offers", _patience, () => Volatile.Read(ref _heldOffers) == 1);
        await (fails
            ? Queue.Fail(first.LeaseId, new TaskFailure(RecordingErrorCode.FinalizationFailed, "broke", "", Permanent: false))
            : Queue.Complete(first.LeaseId, new TaskResult { Tasks = [new TaskSpec { TaskId = "next", Kind = "render", Payload = "" }] }));
        _offersMayPass.SetResult();
        LeasedTask? second = null;
        await Eventually.HoldsAsync("what comes then is given", _patience, async () => (second = await Queue.Pull("worker")) is not null);
        Assert.Equal(fails ? ("plan", 2) : ("next", 1), (second!.Task.TaskId, second.Task.Attempt));
        Assert.Null(await Queue.Pull("worker"));
        Assert.Equal(new QueueDepth(0, 1), await Queue.GetDepth());
    }

    [Fact]
    public async Task A_task_that_its_job_does_not_want_is_given_once_and_not_again()
    {
        JobSpec spec = Spec("a");
        await Job(spec).Create(spec);
        QueuedTask plan = (await Queue.Pull("worker"))!.Task;
        await Queue.Enqueue([plan with { TaskId = "unknown" }]);
        LeasedTask unwanted = (await Queue.Pull("worker"))!;
        Assert.Equal("unknown", unwanted.Task.TaskId);
        Assert.False(await Queue.Report(unwanted.LeaseId, 0));
        await Queue.Fail(unwanted.LeaseId, new TaskFailure(RecordingErrorCode.ShuttingDown, "dropped", "", Permanent: false));
        Assert.Null(await Queue.Pull("worker"));
        Assert.Equal(new QueueDepth(0, 1), await Queue.GetDepth());
    }

    [Fact]
    public async Task A_job_that_begins_anew_is_known_to_the_queue_before_anybody_is_told_so()
    {
        JobSpec spec = Spec("a");
        await Job(spec).Create(spec);
        await Job(spec).Cancel();
        _holdsOffers = true;
        Task<JobView> retrying = Job(spec).Retry();
        await Eventually.HoldsAsync("it offers its plan", _patience, () =>
        {
            // Refused until its files are gone.
            retrying = retrying.IsFaulted ? Job(spec).Retry() : retrying;
            return Volatile.Read(ref _heldOffers) > 0;
        });

        // An answer would have come before this one.
        await Job(spec).GetView();
        Assert.False(retrying.IsCompleted);
        _offersMayPass.SetResult();
        Assert.Equal(JobStatus.Pending, (await retrying.WaitAsync(_patience)).Status);
        Assert.Equal([JobIds.For(spec)], await Queue.JobsOf(spec.RecordingId));
    }

    [Fact]
    public async Task Workers_get_by_priority_then_age_of_the_job_also_a_task_that_failed_and_are_told_how_many_they_are()
    {
        Assert.Null(await Queue.Pull("one"));
        foreach (JobSpec spec in (JobSpec[])[Spec("standing", -10), Spec("old"), Spec("young"), Spec("urgent", 5)])
        {
            await Job(spec).Create(spec);
        }

        LeasedTask urgent = (await Queue.Pull("two"))!;
        LeasedTask old = (await Queue.Pull("three"))!;
        Assert.Equal(("urgent", 2, "old", 3), (Name(urgent), urgent.Workers, Name(old), old.Workers));
        await Queue.Fail(old.LeaseId, new TaskFailure(RecordingErrorCode.FinalizationFailed, "broke", "", Permanent: false));
        await Eventually.HoldsAsync("it comes again", _patience, async () => (await Queue.GetDepth()).Pending == 3);
        LeasedTask again = (await Queue.Pull("one"))!;
        Assert.Equal(("old", 2, 3), (Name(again), again.Task.Attempt, again.Workers));
        Assert.Equal("young", Name(await Queue.Pull("two")));
        Assert.Equal("standing", Name(await Queue.Pull("two")));
        Assert.Null(await Queue.Pull("two"));
    }

    [Fact]
    public async Task A_task_that_waits_for_its_next_attempt_is_given_to_nobody_and_holds_up_nobody()
    {
        _backoff = TimeSpan.FromMinutes(5);
        JobSpec first = Spec("first", 5);
        JobSpec second = Spec("second");
        await Job(first).Create(first);
        await Queue.Fail((await Queue.Pull("worker"))!.LeaseId, new TaskFailure(RecordingErrorCode.FinalizationFailed, "broke", "", Permanent: false));
        await Eventually.HoldsAsync("it waits in the queue", _patience, async () => await Queue.GetDepth() == new QueueDepth(1, 0));
        Assert.Null(await Queue.Pull("worker"));
        await Job(second).Create(second);
        Assert.Equal("second", Name(await Queue.Pull("worker")));
        Assert.Null(await Queue.Pull("worker"));
        Assert.Equal(JobStatus.Pending, (await Job(first).GetView())!.Status);
    }

    private static JobSpec Spec(string recording, int priority = 0) =>
        new() { RecordingId = recording, Prefix = $"rooms/r/{recording}/", Kind = "compose", Parameters = "{}", Priority = priority };

    private static string? Name(LeasedTask? lease) => lease?.Task.Spec.RecordingId;

    private IJobGrain Job(JobSpec spec) => _cluster.Client.GetGrain<IJobGrain>(JobIds.For(spec));
}

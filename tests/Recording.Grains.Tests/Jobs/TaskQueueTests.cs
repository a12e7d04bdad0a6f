using FsCheck;
using FsCheck.Xunit;
using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Jobs;

namespace Recording.Grains.Tests.Jobs;

public sealed class TaskQueueTests
{
    private const long Second = 1_000_000;
    private readonly JobQueueState _state = new();
    private readonly TaskQueue _queue;
    private int _ids;

    public TaskQueueTests() => _queue = new TaskQueue(_state, TimeSpan.FromSeconds(30), () => $"lease-{++_ids}");

    [Fact]
    public void Priority_goes_before_age_and_age_before_arrival()
    {
        _queue.Enqueue([Task("young", "1", created: 20), Task("old", "1", created: 10), Task("urgent", "1", created: 30, priority: 5), Task("old", "2", created: 10)]);
        Assert.Equal("urgent/1,old/1,old/2,young/1", string.Join(',', Enumerable.Range(0, 4).Select(_ => Name(_queue.Pull("w", 100)))));
        Assert.Null(_queue.Pull("w", 100));
        Assert.Equal(new QueueDepth(0, 4), _queue.Depth);
    }

    [Fact]
    public void Tasks_that_wait_lack_workers_once_none_was_heard_for_a_lease_time()
    {
        Assert.False(_queue.LacksWorkers(100 * Second, 0));
        _queue.Enqueue([Task("job", "1"), Task("job", "2")]);
        Assert.False(_queue.LacksWorkers((40 * Second) - 1, 10 * Second));
        Assert.True(_queue.LacksWorkers(40 * Second, 10 * Second));
        TaskLease lease = _queue.Pull("w", 41 * Second)!;
        _queue.Prolong(lease.LeaseId, 50 * Second);
        Assert.False(_queue.LacksWorkers((80 * Second) - 1, 10 * Second));
        Assert.True(_queue.LacksWorkers(80 * Second, 10 * Second));

        // Whoever holds the last one may still be at it.
        _queue.Remove("job");
        Assert.False(_queue.LacksWorkers(80 * Second, 10 * Second));
    }

    [Fact]
    public void A_task_waits_for_its_backoff()
    {
        _queue.Enqueue([Task("job", "1") with { NotBeforeUs = 5 * Second }]);
        Assert.Null(_queue.Pull("w", 4 * Second));
        Assert.NotNull(_queue.Pull("w", 5 * Second));
    }

    [Fact]
    public void A_task_in_backoff_holds_up_nobody_and_goes_before_younger_ones_when_its_time_has_come()
    {
        _queue.Enqueue([Task("old", "1", created: 10) with { NotBeforeUs = 5 * Second, Attempt = 2 }, Task("young", "1", created: 20), Task("young", "2", created: 20)]);
        Assert.Equal("young/1", Name(_queue.Pull("w", 4 * Second)));
        Assert.Equal("old/1", Name(_queue.Pull("w", 5 * Second)));
        Assert.Equal("young/2", Name(_queue.Pull("w", 5 * Second)));
    }

    [Fact]
    public void A_lost_workers_leases_run_out_and_those_of_others_hold()
    {
        _queue.Enqueue([Task("a", "1"), Task("b", "1")]);
        TaskLease lost = _queue.Pull("lost", 0)!;
        TaskLease kept = _queue.Pull("kept", 0)!;
        _queue.Prolong(kept.LeaseId, 20 * Second);
        Assert.Empty(_queue.Expired((30 * Second) - 1));
        Assert.Equal(lost.LeaseId, Assert.Single(_queue.Expired(30 * Second)).LeaseId);

        // Until the job was told, nobody else gets it.
        Assert.Null(_queue.Pull("kept", 30 * Second));
        _queue.Finish(lost);
        _queue.Enqueue([Task("a", "1") with { Attempt = 2 }]);
        Assert.Equal(2, _queue.Pull("kept", 30 * Second)!.Task.Attempt);
        Assert.NotNull(_queue.Prolong(kept.LeaseId, 31 * Second));
    }

    [Fact]
    public void Workers_count_that_asked_or_reported_within_a_lease_time()
    {
        Assert.Equal(0, _queue.CountWorkers(0));
        _queue.Enqueue([Task("job", "1")]);
        TaskLease lease = _queue.Pull("busy", 0)!;
        Assert.Null(_queue.Pull("idle", 10 * Second));
        Assert.Null(_queue.Pull("idle", 11 * Second));
        Assert.Equal(2, _queue.CountWorkers(11 * Second));
        Assert.NotNull(_queue.Prolong(lease.LeaseId, 29 * Second));
        Assert.Equal(1, _queue.CountWorkers(41 * Second));

        // A worker that has to drop what it does is one all the same.
        _queue.Remove("job");
        Assert.Null(_queue.Prolong(lease.LeaseId, 50 * Second));
        Assert.Equal(1, _queue.CountWorkers(79 * Second));
        Assert.Equal(0, _queue.CountWorkers(80 * Second));
    }

    [Fact]
    public void A_task_offered_again_is_there_once_but_a_further_attempt_is_new()
    {
        Assert.True(_queue.Enqueue([Task("job", "1")]));
        Assert.False(_queue.Enqueue([Task("job", "1")]));
        TaskLease lease = _queue.Pull("w", 0)!;
        Assert.False(_queue.Enqueue([Task("job", "1")]));
        Assert.True(_queue.Enqueue([Task("job", "1") with { Attempt = 2 }]));
        Assert.Null(_queue.Pull("other", 0));
        _queue.Finish(lease);
        Assert.Equal(2, _queue.Pull("other", 0)!.Task.Attempt);
    }

    [Fact]
    public void An_attempt_that_has_ended_is_not_taken_again_until_its_job_begins_anew()
    {
        _queue.Enqueue([Task("job", "1")]);
        _queue.Finish(_queue.Pull("w", 0)!);
        Assert.False(_queue.Enqueue([Task("job", "1")]));
        Assert.True(_queue.Enqueue([Task("job", "1") with { Attempt = 2 }, Task("job", "2")]));
        TaskLease held = _queue.Pull("w", 0)!;
        _queue.Remove("job");
        _queue.Finish(held);
        Assert.True(_queue.Remove("job"));
        _queue.Enqueue([Task("job", "1"), Task("job", "2")]);
        Assert.Equal(2, _state.Tasks.Count);
    }

    [Fact]
    public void A_report_prolongs_a_lease_and_silence_loses_it()
    {
        _queue.Enqueue([Task("job", "1")]);
        TaskLease lease = _queue.Pull("w", 0)!;
        Assert.NotNull(_queue.Prolong(lease.LeaseId, 29 * Second));
        Assert.Empty(_queue.Expired(58 * Second));
        Assert.Equal(lease.LeaseId, Assert.Single(_queue.Expired(59 * Second)).LeaseId);
        Assert.Null(_queue.Prolong(lease.LeaseId, 59 * Second));
    }

    [Fact]
    public void A_task_given_back_can_be_pulled_at_once_as_the_same_attempt()
    {
        _queue.Enqueue([Task("job", "1")]);
        _queue.GiveBack(_queue.Pull("w", 0)!);
        Assert.Equal(1, _queue.Pull("other", 0)!.Task.Attempt);
    }

    [Fact]
    public void Removing_a_job_ends_its_leases_and_remembers_it_until_they_are_handed_in()
    {
        _queue.Enqueue([Task("job", "1"), Task("other", "1")]);
        TaskLease lease = _queue.Pull("w", 0)!;
        _queue.Remove("job");
        Assert.Null(_queue.Prolong(lease.LeaseId, 1));
        Assert.Equal("other", Assert.Single(_state.Tasks).JobId);
        Assert.Equal(new QueueDepth(1, 1), _queue.Depth);
        Assert.Equal(["job", "other"], _queue.JobsOf("rec").Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal(lease.LeaseId, Assert.Single(_queue.Expired(30 * Second)).LeaseId);
        _queue.GiveBack(lease);
        Assert.True(_queue.Remove("job"));
        Assert.Equal(["other"], _queue.JobsOf("rec"));
        Assert.Equal(["other"], _queue.Jobs);
    }

    [Fact]
    public void Jobs_are_remembered_until_they_are_removed()
    {
        _queue.Enqueue([Task("job", "1"), Task("job", "2"), Task("other", "1")]);
        _queue.Finish(_queue.Pull("w", 0)!);
        _queue.Finish(_queue.Pull("w", 0)!);
        Assert.Equal(["job", "other"], _queue.Jobs);
        Assert.True(_queue.Remove("job"));
        Assert.False(_queue.Remove("job"));
        Assert.Equal(["other"], _queue.Jobs);
    }

    [Fact]
    public void After_a_restart_everything_unfinished_can_be_pulled()
    {
        _queue.Enqueue([Task("job", "1"), Task("job", "2")]);
        _queue.Pull("w", 0);
        var restarted = new TaskQueue(_state, TimeSpan.FromSeconds(30), () => "new");
        Assert.Equal(new QueueDepth(2, 0), restarted.Depth);
    }

    [Property]
    public bool No_task_is_ever_held_by_two_workers(NonEmptyArray<byte> steps)
    {
        var queue = new TaskQueue(new JobQueueState(), TimeSpan.FromSeconds(30), () => $"lease-{++_ids}");
        List<TaskLease> held = [];
        long now = 0;
        foreach (byte step in steps.Get)
        {
            now += Second;
            switch (step % 4)
            {
                case 0:
                    queue.Enqueue([Task("job", (step / 4 % 8).ToString())]);
                    break;
                case 1 when queue.Pull("w", now) is { } lease:
                    held.Add(lease);
                    break;
                case 2 when held.Count > 0:
                    queue.Finish(held[0]);
                    held.RemoveAt(0);
                    break;
                case 3 when held.Count > 0:
                    queue.GiveBack(held[^1]);
                    held.RemoveAt(held.Count - 1);
                    break;
                default:
                    break;
            }

            if (held.Select(lease => lease.Task.TaskId).Distinct(StringComparer.Ordinal).Count() != held.Count)
            {
                return false;
            }
        }

        return true;
    }

    private static string? Name(TaskLease? lease) => lease is null ? null : $"{lease.Task.JobId}/{lease.Task.TaskId}";

    private static QueuedTask Task(string job, string id, long created = 0, int priority = 0) => new()
    {
        JobId = job,
        TaskId = id,
        Kind = "render",
        Payload = "",
        CreatedAtUs = created,
        Spec = new JobSpec { RecordingId = "rec", Prefix = "p/", Kind = "compose", Parameters = "{}", Priority = priority },
    };
}

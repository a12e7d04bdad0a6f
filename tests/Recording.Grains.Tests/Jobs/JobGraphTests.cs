using Recording.Grains.Abstractions.Jobs;
using Recording.Grains.Abstractions.Recordings;
using Recording.Grains.Jobs;
using Recording.Model;

namespace Recording.Grains.Tests.Jobs;

public sealed class JobGraphTests
{
    private const long Second = 1_000_000;
    private static readonly JobSpec Spec = new() { RecordingId = "rec", Prefix = "rooms/r/rec/", Kind = "compose", Parameters = "{}" };
    private readonly JobState _state = new();
    private readonly JobGraph _graph;

    public JobGraphTests()
    {
        _graph = new JobGraph(_state, new JobOptions());
        _graph.Create(Spec, JobIds.For(Spec), 0);
    }

    [Fact]
    public void A_new_job_offers_only_its_plan()
    {
        QueuedTask task = Assert.Single(_graph.Ready());
        Assert.Equal("plan", task.Kind);
        Assert.Equal(JobStatus.Pending, _graph.View(0)!.Status);
    }

    [Fact]
    public void Creating_twice_is_creating_once()
    {
        Assert.False(_graph.Create(Spec, JobIds.For(Spec), 5));
        Assert.Equal(0, _state.CreatedAtUs);
    }

    [Fact]
    public void Tasks_run_when_all_they_wait_for_is_done()
    {
        Plan();
        Assert.Equal("a,b", string.Join(',', _graph.Ready().Select(task => task.TaskId)));
        _graph.Complete("a", new TaskResult(), 1);
        Assert.Equal("b", string.Join(',', _graph.Ready().Select(task => task.TaskId)));
        _graph.Complete("b", new TaskResult(), 1);
        Assert.Equal("join", string.Join(',', _graph.Ready().Select(task => task.TaskId)));
        _graph.Complete("join", new TaskResult { Outputs = [Output("processed/composite.mp4")] }, 1);
        Assert.True(_graph.IsReadyToComplete);
        _graph.MarkCompleted();
        Assert.Equal(100, _graph.View(1)!.ProgressPercent);
        Assert.Equal("processed/composite.mp4", Assert.Single(_graph.View(1)!.Outputs).File);
    }

    [Fact]
    public void A_task_that_the_queue_took_is_not_offered_again_until_asked()
    {
        _graph.MarkOffered(_graph.Ready());
        Assert.Empty(_graph.Ready());
        _graph.OfferAgain();
        Assert.Single(_graph.Ready());
    }

    [Fact]
    public void A_result_that_comes_twice_counts_once()
    {
        Plan();
        Assert.False(_graph.Complete("plan", new TaskResult { Tasks = [Task("again")] }, 1));
        Assert.DoesNotContain(_state.Tasks, task => task.Spec.TaskId == "again");
    }

    [Fact]
    public void Three_failures_end_the_job_with_code_and_log_and_each_waits_longer()
    {
        Plan();
        Assert.True(_graph.Fail("a", Failure("first"), 0));
        Assert.Equal(5 * Second, Ready("a").NotBeforeUs);
        Assert.Equal(2, Ready("a").Attempt);
        _graph.Fail("a", Failure("second"), 100 * Second);
        Assert.Equal(110 * Second, Ready("a").NotBeforeUs);
        _graph.Fail("a", Failure("third"), 200 * Second);
        JobView view = _graph.View(0)!;
        Assert.Equal(JobStatus.Failed, view.Status);
        Assert.Equal(RecordingErrorCode.FinalizationFailed, view.Failure!.Code);
        Assert.Contains("third", view.Failure.Message, StringComparison.Ordinal);
        Assert.Equal("stderr of third", view.FailureLog);
        Assert.Empty(_graph.Ready());
    }

    [Fact]
    public void A_permanent_failure_is_not_tried_again()
    {
        _graph.Fail("plan", Failure("bad field") with { Permanent = true, Code = RecordingErrorCode.ProtocolViolation }, 0);
        Assert.Equal(JobStatus.Failed, _graph.View(0)!.Status);
        Assert.Equal(RecordingErrorCode.ProtocolViolation, _graph.View(0)!.Failure!.Code);
    }

    [Fact]
    public void Cancel_stops_running_tasks_and_offers_nothing_more()
    {
        Plan();
        Assert.True(_graph.ReportProgress("a", 0.5, 1, out _));
        Assert.True(_graph.Cancel());
        Assert.False(_graph.Cancel());
        Assert.False(_graph.ReportProgress("a", 0.6, 1, out _));
        Assert.False(_graph.Complete("a", new TaskResult { Outputs = [Output("x")] }, 1));
        Assert.Empty(_graph.Ready());
        Assert.Equal(JobStatus.Cancelled, _graph.View(1)!.Status);
        Assert.Empty(_graph.View(1)!.Outputs);
    }

    [Fact]
    public void Progress_is_weighed_and_tells_the_time_left()
    {
        _graph.ReportProgress("plan", 0.5, Second, out bool started);
        Assert.True(started);
        Assert.Equal(0, _graph.View(0)!.ProgressPercent);
        _graph.Complete("plan", new TaskResult { Tasks = [Task("small"), Task("big") with { Weight = 8 }] }, 0);
        _graph.Complete("small", new TaskResult(), 0);
        _graph.ReportProgress("big", 0.25, 0, out started);
        Assert.False(started);
        JobView view = _graph.View(11 * Second)!;
        Assert.Equal(40, view.ProgressPercent);
        Assert.Equal(15, view.SecondsLeft!.Value, 3);
    }

    [Theory]
    [InlineData("a", "", 1, "twice")]
    [InlineData("x", "nowhere", 1, "nowhere")]
    [InlineData("x", "x", 1, "not named before")]
    [InlineData("x", "", 0, "weight")]
    public void A_graph_that_cannot_be_run_fails_the_job(string id, string dependsOn, double weight, string expected)
    {
        string[] depends = dependsOn.Length > 0 ? [dependsOn] : [];
        _graph.Complete("plan", new TaskResult { Tasks = [Task("a"), new TaskSpec { TaskId = id, Kind = "render", Payload = "", DependsOn = depends, Weight = weight }] }, 1);
        Assert.Equal(JobStatus.Failed, _graph.View(1)!.Status);
        Assert.Contains(expected, _graph.View(1)!.Failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_ignore_order_and_spaces_of_parameters_but_nothing_that_changes_the_work()
    {
        string id = JobIds.For(Spec with { Parameters = "{\"width\":640,\"layout\":\"grid\"}" });
        Assert.Equal(id, JobIds.For(Spec with { Parameters = " { \"layout\" : \"grid\", \"width\" : 640 } ", Priority = 3, RequesterId = "bob" }));
        Assert.NotEqual(id, JobIds.For(Spec with { Parameters = "{\"width\":642,\"layout\":\"grid\"}" }), StringComparer.Ordinal);
        Assert.NotEqual(JobIds.For(Spec), JobIds.For(Spec with { RecordingId = "other" }), StringComparer.Ordinal);
        Assert.NotEqual(JobIds.For(Spec), JobIds.For(Spec with { Kind = "remux" }), StringComparer.Ordinal);
        Assert.Equal(JobIds.For(Spec), JobIds.For(Spec with { Parameters = "" }));
    }

    [Fact]
    public void Ids_ignore_order_and_spaces_inside_parameters_too_but_not_the_order_of_lists()
    {
        string id = JobIds.For(Spec with { Parameters = """{"regions":[{"x":1,"y":"a b"},{"x":2}],"layout":"custom"}""" });
        Assert.Equal(id, JobIds.For(Spec with { Parameters = """{ "layout":"custom", "regions" : [ { "y":"\u0061 b", "x":1 }, {"x":2} ] }""" }));
        Assert.NotEqual(id, JobIds.For(Spec with { Parameters = """{"regions":[{"x":2},{"x":1,"y":"a b"}],"layout":"custom"}""" }), StringComparer.Ordinal);
        Assert.NotEqual(id, JobIds.For(Spec with { Parameters = """{"regions":[{"x":1,"y":"ab"},{"x":2}],"layout":"custom"}""" }), StringComparer.Ordinal);
    }

    [Fact]
    public void A_failed_job_begins_anew_as_if_it_had_never_run()
    {
        Plan();
        JobSkippedTrack[] skipped = [new("ann-video", "its codec is vp8, and ogg takes opus only", RecordingErrorCode.UnsupportedCodec)];
        _graph.Complete("a", new TaskResult { Outputs = [Output("processed/a")], Skipped = skipped }, 5);
        Assert.Equal(skipped, _graph.View(6)!.Skipped);
        Assert.False(_graph.Retry(6));
        _graph.Fail("b", Failure("bad") with { Permanent = true }, 7);
        Assert.True(_graph.Retry(8));
        JobView view = _graph.View(9)!;
        Assert.Equal((JobStatus.Pending, 0, 1, 8L, ""), (view.Status, view.TasksDone, view.TasksTotal, view.CreatedAtUs, view.FailureLog));
        Assert.Null(view.Failure);
        Assert.Empty(view.Outputs);
        Assert.Empty(view.Skipped);
        Assert.Equal(("plan", 1), (Assert.Single(_graph.Ready()).TaskId, Assert.Single(_graph.Ready()).Attempt));
    }

    [Theory]
    [InlineData("", "rooms/r/", "compose", 0, "recording_id: expected 1 to 200 characters, found 0")]
    [InlineData("rec", "rooms/r", "compose", 0, "prefix: expected")]
    [InlineData("rec", "rooms/../state/", "compose", 0, "prefix: expected")]
    [InlineData("rec", "/rooms/", "compose", 0, "prefix: expected")]
    [InlineData("rec", "rooms//r/", "compose", 0, "prefix: expected")]
    [InlineData("rec", "rooms/r/", "rm -rf", 0, "kind: expected")]
    [InlineData("rec", "rooms/r/", "", 0, "kind: expected")]
    [InlineData("rec", "rooms/r/", "compose", int.MinValue, "priority: expected -100 to 100, found -2147483648")]
    public void A_specification_that_no_job_can_have_is_refused_with_the_field(string recording, string prefix, string kind, int priority, string expected)
    {
        RecordingException error = Assert.Throws<RecordingException>(() => JobSpecRules.Check(new JobSpec { RecordingId = recording, Prefix = prefix, Kind = kind, Parameters = "", Priority = priority }));
        Assert.Equal(RecordingErrorCode.ProtocolViolation, error.Code);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Endless_parameters_are_refused()
    {
        RecordingException error = Assert.Throws<RecordingException>(() => JobSpecRules.Check(Spec with { Parameters = new string(' ', JobSpecRules.MaxParameters + 1), Priority = 101 }));
        Assert.Contains("parameters: expected at most 262144 characters, found 262145; priority", error.Message, StringComparison.Ordinal);
    }

    private static TaskFailure Failure(string message) => new(RecordingErrorCode.FinalizationFailed, message, "stderr of " + message, Permanent: false);

    private static TaskSpec Task(string id, params string[] dependsOn) => new() { TaskId = id, Kind = "render", Payload = "", DependsOn = dependsOn };

    private static RecordingOutput Output(string file) => new() { File = file, Kind = "composite", Bytes = 1 };

    private void Plan() => _graph.Complete("plan", new TaskResult { Tasks = [Task("a", "plan"), Task("b"), Task("join", "a", "b")] }, 0);

    private QueuedTask Ready(string id) => _graph.Ready().Single(task => task.TaskId == id);
}

using System.Diagnostics;

namespace Recording.Model.Tests;

public sealed class RecordingTraceTests
{
    private const string Id = "01kawz3v9m4q7x2c5b8n6d0e1f";

    [Fact]
    public void Whatever_is_done_for_a_recording_is_in_one_trace_that_its_id_names()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == RecordingTrace.SourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);

        using Activity? put = RecordingTrace.StartForKey("segment.put", $"rooms/a/{Id}/segments/alice-audio/x.rtp");
        using Activity? job = RecordingTrace.Start("job.plan", Id);

        Assert.NotNull(put);
        Assert.Equal(RecordingTrace.ContextOf(Id).TraceId, put.TraceId);
        Assert.Equal(put.TraceId, job?.TraceId);
        Assert.Equal(Id, put.GetTagItem("recording.id"));
        Assert.NotEqual(put.TraceId, RecordingTrace.ContextOf("01kawz3v9m4q7x2c5b8n6d0e1g").TraceId);
    }
}

using Recording.PostProcessing.Outputs;
using Recording.Silo.Processing;

namespace Recording.Silo.Tests.Processing;

public sealed class ProcessingOptionsTests
{
    [Theory]
    [InlineData(1, 2, 2)]
    [InlineData(2, 2, 1)]
    [InlineData(1, 8, 8)]
    [InlineData(3, 8, 3)]
    [InlineData(0, 4, 4)]
    public void Workers_share_the_processors_as_those_of_the_tool_do(int workers, int processors, int threads)
    {
        var options = new ProcessingOptions { Workers = workers, Render = new RenderOptions { Preset = "slow" } };
        RenderOptions render = options.RenderOn(processors, clusterWorkers: 7);
        Assert.Equal(RenderOptions.For(workers, processors) with { Preset = "slow", ClusterWorkers = 7 }, render);
        Assert.Equal(threads, render.EncoderThreads);
    }
}

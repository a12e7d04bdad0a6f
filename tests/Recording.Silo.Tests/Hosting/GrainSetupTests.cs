using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Recording.Gateway.Configuration;
using Recording.Grains.Recordings;
using Recording.Model;
using Recording.Silo.Hosting;

namespace Recording.Silo.Tests.Hosting;

public sealed class GrainSetupTests
{
    [Fact]
    public void Every_output_that_a_policy_may_name_has_its_job_whatever_the_operator_makes_of_all_recordings()
    {
        RecordingSettings settings = RecordingSettings.Load(new ConfigurationBuilder().AddInMemoryCollection([new("RECORDING_OUTPUTS", "tracks")]).Build());
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.UseOrleans(silo => silo.AddRecordingGrains(settings));
        using ServiceProvider services = builder.Services.BuildServiceProvider();
        RecordingsOptions options = services.GetRequiredService<IOptions<RecordingsOptions>>().Value;

        Assert.Equal("remux", Assert.Single(options.StandingJobs).Kind);
        Assert.Equal(OutputNames.All.Order(StringComparer.Ordinal), options.JobsByOutput.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Equal(("report", "compose", "remux", "transcript"), (Kind("report"), Kind("composite"), Kind("tracks"), Kind("transcript")));
        Assert.Equal(DefaultComposition.Settings, options.JobsByOutput[OutputNames.Composite].Parameters);

        string Kind(string output) => options.JobsByOutput[output].Kind;
    }
}

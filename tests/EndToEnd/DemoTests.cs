using System.Text.Json;
using Recording.EndToEnd.Deployments;
using Recording.TestInfrastructure;

namespace Recording.EndToEnd;

/// <summary>The main job as <c>./rec demo</c> runs it.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_records_composes_and_checks_a_room()
    {
        using var folder = new TemporaryFolder();
        string data = Path.Combine(folder.Path, "data");

        (int exitCode, string output) = await CommandLine.RunAsync("demo", "--seconds", "10", "--data", data);

        Assert.True(exitCode == 0, output);
        JsonElement result = CommandLine.LastJson(output);
        string prefix = result.GetProperty("prefix").GetString()!;
        Assert.Equal(26, result.GetProperty("recording_id").GetString()!.Length);
        Assert.True(result.GetProperty("tracks").GetArrayLength() >= 7, output);
        Assert.All(result.GetProperty("tracks").EnumerateArray(), track => Assert.True(File.Exists(Path.Combine(data, prefix, track.GetString()!)), track.GetString()));
        Assert.InRange(result.GetProperty("duration_s").GetDouble(), 8, 14);
        Assert.True(File.Exists(result.GetProperty("composite").GetString()!) || File.Exists(Path.Combine(data, prefix, result.GetProperty("composite").GetString()!)), output);
    }
}

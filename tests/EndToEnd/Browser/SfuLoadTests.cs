using System.Text.Json;
using Recording.EndToEnd.Deployments;
using Recording.TestInfrastructure;

namespace Recording.EndToEnd.Browser;

/// <summary>The npm package with many producers at once. How fast it is says <c>./rec bench sfu</c>; here only that nothing is lost.</summary>
public sealed class SfuLoadTests
{
    [Fact]
    public async Task Two_hundred_producers_lose_nothing()
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync();
        string ledger = deployment.FileFor("ledger.jsonl");
        string script = Path.Combine(SourceTree.Root, "bench", "sfu", "load.js");
        await using ChildProcess load = ChildProcess.Start(
            "load.js", "node", [script, $"{deployment.Gateway.GrpcPort}", "--producers", "200", "--rate", "100", "--warmup", "1", "--seconds", "2", "--ledger", ledger]);

        Assert.True(await load.WaitForExitAsync(TimeSpan.FromSeconds(150)) == 0, load.Output);

        JsonElement figures = CommandLine.LastJson(load.Output);
        Assert.Equal(200 * 100 * 3, figures.GetProperty("received").GetInt64());
        Assert.Equal(0, figures.GetProperty("dropped").GetInt64() + figures.GetProperty("refused").GetInt64() + figures.GetProperty("failures").GetInt64());
        await deployment.WhenEndedAsync(10, TimeSpan.FromSeconds(120));
        JsonElement verified = await deployment.VerifyAsync(ledger);
        Assert.Equal(200 * 100 * 3, verified.GetProperty("stored").GetInt64());
    }
}

namespace Recording.Grains.Tests;

public sealed class AliasManifestTests
{
    private const string Update = "RECORDING_UPDATE_ALIASES";

    private static string FileName
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(directory.FullName, "Recording.Grains.Tests.csproj")))
            {
                directory = directory.Parent ?? throw new DirectoryNotFoundException("The test project's folder is not above the test binaries.");
            }

            return Path.Combine(directory.FullName, "aliases.txt");
        }
    }

    [Fact]
    public void Aliases_and_ids_are_those_of_the_manifest()
    {
        string manifest = File.Exists(FileName) ? File.ReadAllText(FileName) : "";
        Assert.Empty(AliasManifest.FindFaults(manifest));
        string now = AliasManifest.Describe(manifest);
        if (Environment.GetEnvironmentVariable(Update) == "1")
        {
            File.WriteAllText(FileName, now);
            return;
        }

        Assert.True(now == manifest, $"What crosses grain calls has changed: {Difference(manifest, now)}. If a silo of the last version can live with it, run this test with {Update}=1.");
    }

    private static string Difference(string manifest, string now)
    {
        string[] before = manifest.Split('\n');
        string[] after = now.Split('\n');
        return string.Join("; ", before.Except(after, StringComparer.Ordinal).Select(l => "-" + l).Concat(after.Except(before, StringComparer.Ordinal).Select(l => "+" + l)).Take(20));
    }
}

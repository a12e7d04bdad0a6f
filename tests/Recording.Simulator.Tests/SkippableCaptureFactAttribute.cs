namespace Recording.Simulator.Tests;

/// <summary>A fact that needs a browser capture from outside the repository: RECORDING_SHARED_DATA, or a folder shared/data above the tests; skipped where it is absent.</summary>
internal sealed class SkippableCaptureFactAttribute : FactAttribute
{
    public SkippableCaptureFactAttribute(string capture)
    {
        if (!File.Exists(Path($"{capture}.pcap")))
        {
            Skip = $"No capture {capture}.pcap: no shared/data folder above the tests, and RECORDING_SHARED_DATA is not set.";
        }
    }

    public static string Path(string name) => System.IO.Path.Combine(Root(), "browser", name);

    private static string Root()
    {
        if (Environment.GetEnvironmentVariable("RECORDING_SHARED_DATA") is { Length: > 0 } set)
        {
            return set;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return "";
    }
}

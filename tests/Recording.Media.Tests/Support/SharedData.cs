namespace Recording.Media.Tests.Support;

/// <summary>Real captures outside the repository: RECORDING_SHARED_DATA, or a folder shared/data above the tests.</summary>
public static class SharedData
{
    private static readonly string? Root = Find();

    /// <summary>Why captures cannot be used here; null when they can.</summary>
    public static string? Absence => Root is null ? "No shared/data folder above the tests, and RECORDING_SHARED_DATA is not set." : null;

    /// <summary>Full path of a file below shared/data.</summary>
    public static string PathOf(string relative) => Path.Combine(Root ?? throw new InvalidOperationException(Absence), relative);

    private static string? Find()
    {
        string? configured = Environment.GetEnvironmentVariable("RECORDING_SHARED_DATA");
        if (!string.IsNullOrEmpty(configured))
        {
            return Directory.Exists(configured) ? configured : null;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}

/// <summary>A test on real captures: skipped, with the reason, where they are absent.</summary>
public sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute() => Skip = SharedData.Absence;
}

/// <summary>A theory on real captures: skipped, with the reason, where they are absent.</summary>
public sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute() => Skip = SharedData.Absence;
}

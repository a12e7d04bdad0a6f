namespace Recording.TestInfrastructure;

/// <summary>Where the sources lie, for what tests run from them.</summary>
public static class SourceTree
{
    /// <summary>The folder that holds Recording.sln.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Recording.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("Recording.sln is in no folder above " + AppContext.BaseDirectory);
    }
}

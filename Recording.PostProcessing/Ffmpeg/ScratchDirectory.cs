namespace Recording.PostProcessing.Ffmpeg;

/// <summary>A folder of its own for one piece of work, removed with all that is in it when disposed.</summary>
public sealed class ScratchDirectory : IDisposable
{
    private const string Prefix = "recording-scratch-";

    private ScratchDirectory(DirectoryInfo directory) => Directory = directory;

    /// <summary>The folder.</summary>
    public DirectoryInfo Directory { get; }

    /// <summary>Makes one.</summary>
    /// <param name="parent">Where; null = the system's temporary folder.</param>
    public static ScratchDirectory Create(string? parent = null)
    {
        string root = parent ?? Path.GetTempPath();
        System.IO.Directory.CreateDirectory(root);
        return new ScratchDirectory(System.IO.Directory.CreateDirectory(Path.Combine(root, Prefix + Guid.NewGuid().ToString("n"))));
    }

    /// <summary>Removes what earlier processes that were killed left under <paramref name="parent"/> and nobody touched for <paramref name="age"/>.</summary>
    public static void RemoveAbandoned(string parent, TimeSpan age, TimeProvider time)
    {
        if (!System.IO.Directory.Exists(parent))
        {
            return;
        }

        foreach (DirectoryInfo directory in new DirectoryInfo(parent).EnumerateDirectories(Prefix + "*"))
        {
            if (time.GetUtcNow().UtcDateTime - directory.LastWriteTimeUtc > age)
            {
                Remove(directory);
            }
        }
    }

    /// <summary>A file in it; nothing is created.</summary>
    public FileInfo File(string name) => new(Path.Combine(Directory.FullName, name));

    /// <inheritdoc />
    public void Dispose() => Remove(Directory);

    private static void Remove(DirectoryInfo directory)
    {
        directory.Refresh();
        if (directory.Exists)
        {
            directory.Delete(recursive: true);
        }
    }
}

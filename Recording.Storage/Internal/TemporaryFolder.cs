namespace Recording.Storage.Internal;

/// <summary>
/// A process's own folder for files that are not yet under their key. Its lock file is held while the process lives, so that another
/// process can tell a dead one's folder and remove it.
/// </summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string LockExtension = ".lock";

    private readonly string _path;
    private readonly FileStream _lock;
    private long _next;

    private TemporaryFolder(string path, FileStream lockFile)
    {
        _path = path;
        _lock = lockFile;
    }

    /// <summary>Makes a folder below <paramref name="parent"/> and removes those whose owners are gone.</summary>
    public static TemporaryFolder Create(string parent)
    {
        Directory.CreateDirectory(parent);
        Sweep(parent);
        while (true)
        {
            string path = Path.Combine(parent, Guid.NewGuid().ToString("N"));
            FileStream? lockFile = TryLock(path + LockExtension, FileMode.CreateNew);

            // Null: a sweep took the lock between its making and its locking.
            if (lockFile is not null)
            {
                Directory.CreateDirectory(path);
                return new TemporaryFolder(path, lockFile);
            }
        }
    }

    /// <summary>A name that no other put uses.</summary>
    public string NewFile() => Path.Combine(_path, Interlocked.Increment(ref _next).ToString(System.Globalization.CultureInfo.InvariantCulture));

    public void Dispose()
    {
        Directory.Delete(_path, recursive: true);
        File.Delete(_lock.Name);
        _lock.Dispose();
    }

    private static void Sweep(string parent)
    {
        foreach (string lockPath in Directory.EnumerateFiles(parent, "*" + LockExtension))
        {
            using FileStream? owner = TryLock(lockPath, FileMode.Open);
            if (owner is not null)
            {
                string folder = lockPath[..^LockExtension.Length];
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }

                File.Delete(lockPath);
            }
        }
    }

    // FileShare.None is an advisory lock on the open file: it ends with its process, however that ends.
    internal static FileStream? TryLock(string path, FileMode mode)
    {
        try
        {
            return new FileStream(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (IOException e) when (e is not DirectoryNotFoundException)
        {
            return null;
        }
    }
}

using System.Text.Json;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>
/// A folder of one process's packets, held by a lock on its file <c>lock</c>: who holds the lock brings them to their recordings. The lock goes with
/// its process, however that ends.
/// </summary>
internal sealed class SpoolFolder : IDisposable
{
    /// <summary>Name of the locked file.</summary>
    public const string LockName = "lock";

    /// <summary>Name of the journal of tracks.</summary>
    public const string JournalName = "tracks.journal";

    /// <summary>Files of batches.</summary>
    public const string FilePattern = "*.spool";

    private FileStream? _lock;

    private SpoolFolder(string path, FileStream locked, string holder, string store) => (Path, _lock, Holder, Store) = (path, locked, holder, store);

    public string Path { get; private set; }

    /// <summary>Under this name recordings know that packets are held here; unique.</summary>
    public string Holder { get; }

    /// <summary>The store that its packets belong to.</summary>
    public string Store { get; }

    /// <summary>Tracks of it that are not done. Guarded by whoever adopted it.</summary>
    public int OpenTracks { get; set; }

    /// <summary>Makes a folder, or takes an empty one; null = another process holds it, or there is something in it.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static SpoolFolder? TryCreate(string path, string instance, string store)
    {
        Directory.CreateDirectory(path);
        if (Lock(path, FileMode.OpenOrCreate) is not { } locked)
        {
            return null;
        }

        if (locked.Length > 0 || Directory.EnumerateFileSystemEntries(path).Any(static e => System.IO.Path.GetFileName(e) != LockName))
        {
            locked.Dispose();
            return null;
        }

        var content = new LockContent { Holder = $"{instance}-{Guid.NewGuid():N}"[..(instance.Length + 9)], Store = store };
        try
        {
            JsonSerializer.Serialize(locked, content);
            locked.Flush(flushToDisk: true);
        }
        catch
        {
            // Tried again in a moment: held, it would be taken for another process's, and each attempt would make a folder more.
            locked.Dispose();
            throw;
        }

        return new SpoolFolder(path, locked, content.Holder, content.Store);
    }

    /// <summary>Takes the folder of a process that is gone; null = it is held, or is no such folder.</summary>
    public static SpoolFolder? TryAdopt(string path)
    {
        if (!File.Exists(System.IO.Path.Combine(path, LockName)) || Lock(path, FileMode.Open) is not { } locked)
        {
            return null;
        }

        LockContent? content = null;
        try
        {
            content = JsonSerializer.Deserialize<LockContent>(locked);
        }
        catch (JsonException)
        {
            // Its process ended before it had written anything, or the disk forgot it: whose it is is then told by its name alone.
        }

        return new SpoolFolder(path, locked, content?.Holder ?? System.IO.Path.GetFileName(path), content?.Store ?? "");
    }

    /// <summary>Gives it another name; the lock stays.</summary>
    public void MoveTo(string path)
    {
        Directory.Move(Path, path);
        Path = path;
    }

    /// <summary>Removes it if nothing is left in it, and lets go of it.</summary>
    public void RemoveIfEmpty()
    {
        File.Delete(System.IO.Path.Combine(Path, JournalName));
        if (!Directory.EnumerateFileSystemEntries(Path).Any(static e => System.IO.Path.GetFileName(e) != LockName))
        {
            File.Delete(System.IO.Path.Combine(Path, LockName));
            Directory.Delete(Path);
        }

        Dispose();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }

    private static FileStream? Lock(string path, FileMode mode)
    {
        string file = System.IO.Path.Combine(path, LockName);
        try
        {
            var locked = new FileStream(file, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);

            // Whoever held it before may have removed it meanwhile: a lock on a file without a name is nobody's.
            if (File.Exists(file))
            {
                return locked;
            }

            locked.Dispose();
        }
        catch (FileNotFoundException)
        {
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (IOException) when (File.Exists(file))
        {
        }

        return null;
    }

    private sealed record LockContent
    {
        public string Holder { get; init; } = "";

        public string Store { get; init; } = "";
    }
}

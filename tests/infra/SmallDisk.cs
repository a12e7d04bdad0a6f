using System.Diagnostics;

namespace Recording.TestInfrastructure;

/// <summary>A file system of a few megabytes, in memory; needs root to mount it.</summary>
public sealed class SmallDisk : IDisposable
{
    private const string FillerName = "filler";

    private readonly TemporaryFolder _folder = new();

    private SmallDisk()
    {
    }

    /// <summary>Where it is.</summary>
    public string Path => _folder.Path;

    /// <summary>Mounts one; null when this process may not.</summary>
    /// <param name="bytes">Its size, at least 1 MiB.</param>
    public static SmallDisk? TryMount(long bytes)
    {
        var disk = new SmallDisk();
        if (Run("mount", "-t", "tmpfs", "-o", $"size={bytes},mode=0700", "recording-test", disk.Path))
        {
            return disk;
        }

        disk._folder.Dispose();
        return null;
    }

    /// <summary>Takes what is free, to the last byte.</summary>
    public void Fill()
    {
        byte[] chunk = new byte[64 << 10];
        using var filler = new FileStream(System.IO.Path.Combine(Path, FillerName), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        for (int size = chunk.Length; size > 0;)
        {
            try
            {
                filler.Write(chunk.AsSpan(0, size));
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    /// <summary>Ends <see cref="Fill"/>.</summary>
    public void Free() => File.Delete(System.IO.Path.Combine(Path, FillerName));

    /// <inheritdoc />
    public void Dispose()
    {
        // Lazily: a process that was killed a moment ago may still hold a file.
        Run("umount", "-l", Path);
        _folder.Dispose();
    }

    private static bool Run(string file, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(file, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

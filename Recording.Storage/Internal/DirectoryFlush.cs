using System.Runtime.InteropServices;

namespace Recording.Storage.Internal;

/// <summary>Makes a directory's entries durable: after a crash, a rename counts only when its directory was flushed.</summary>
public static partial class DirectoryFlush
{
    private const int ReadOnlyDirectory = 0x10000; // O_RDONLY | O_DIRECTORY on x86-64.
    private const int ReadOnlyDirectoryArm = 0x4000;
    private const int NoSuchEntry = 2;

    /// <summary>Flushes a directory; on systems other than Linux the rename itself has to do.</summary>
    /// <exception cref="DirectoryNotFoundException">It is not there (any more).</exception>
    /// <exception cref="IOException">The directory cannot be opened or flushed.</exception>
    public static void Flush(string directory)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int flags = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64 ? ReadOnlyDirectoryArm : ReadOnlyDirectory;
        int descriptor = Open(directory, flags, 0);
        if (descriptor < 0)
        {
            if (Marshal.GetLastPInvokeError() == NoSuchEntry)
            {
                throw new DirectoryNotFoundException($"The directory '{directory}' is gone.");
            }

            throw new IOException($"The directory '{directory}' cannot be opened: error {Marshal.GetLastPInvokeError()}.");
        }

        int result = FSync(descriptor);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result != 0)
        {
            throw new IOException($"The directory '{directory}' cannot be flushed: error {error}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}

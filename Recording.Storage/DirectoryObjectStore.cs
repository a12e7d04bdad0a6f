using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using Recording.Model;
using Recording.Storage.Internal;

namespace Recording.Storage;

/// <summary>
/// Objects as files of the same names below one directory, which several processes may share. A put writes a temporary file, flushes it,
/// renames it and flushes the directory, so that an object is there wholly or not at all. Conditions hold between processes by file locks.
/// </summary>
/// <remarks>
/// The ETag is a hash of the content up to <see cref="HashedSize"/> bytes, beyond that, and for track data (<c>*.rtp</c>), size and time of the
/// file: reading it all for a head would cost more than it is worth, and what is put with conditions is small documents. Track data is written
/// under names that are never used twice, so its puts and deletes take no locks unless a condition asks for it.
/// </remarks>
public sealed class DirectoryObjectStore : IObjectStore, IDisposable
{
    /// <summary>Up to this size the ETag is a hash of the content, in bytes.</summary>
    public const int HashedSize = 4 << 20;

    /// <summary>Below the size of large objects, which are collected late.</summary>
    private const int BufferSize = 64 * 1024;

    private const string DataExtension = ".rtp";
    private const int MoveAttempts = 32;

    private readonly string _root;
    private readonly bool _flush;
    private readonly KeyLocks _locks;
    private readonly TemporaryFolder _temporary;
    private readonly DirectFile _direct = new();

    /// <param name="options">Where, and how careful.</param>
    /// <param name="time">For the waits on locks.</param>
    /// <exception cref="RecordingException">4001: the directory cannot be made or written.</exception>
    public DirectoryObjectStore(DirectoryStoreOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        _root = Path.GetFullPath(options.Root);
        _flush = options.FlushToDisk;
        try
        {
            string own = Path.Combine(_root, ObjectKey.Reserved);
            _locks = new KeyLocks(Path.Combine(own, "locks"), options.LockTimeout, time);
            _temporary = TemporaryFolder.Create(Path.Combine(own, "tmp"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecordingException(RecordingErrorCode.StoreUnavailable, $"The directory '{_root}' cannot be used as a store: {e.Message}", e);
        }
    }

    /// <summary>The directory, as an absolute path.</summary>
    public string Root => _root;

    /// <inheritdoc />
    public Task<string?> PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition = default, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        return Guarded(key, () => PutCoreAsync(key, content, condition, cancellationToken), cancellationToken);
    }

    /// <inheritdoc />
    public async Task<string> PutStreamingAsync(string key, Stream content, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        ArgumentNullException.ThrowIfNull(content);
        string file = _temporary.NewFile();
        return await Guarded(
            key,
            async () =>
            {
                try
                {
                    await WriteAllAsync(file, content, cancellationToken);
                    string etag = ETagOf(key, file);
                    await PublishAsync(key, file, default, cancellationToken);
                    return etag;
                }
                finally
                {
                    File.Delete(file);
                }
            },
            cancellationToken);
    }

    /// <inheritdoc />
    public Task<StoredObject?> GetAsync(string key, ByteRange? range = null, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        return Guarded(key, () => Task.FromResult(Open(key, range)), cancellationToken);
    }

    /// <inheritdoc />
    public Task<ObjectInfo?> HeadAsync(string key, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        return Guarded(
            key,
            () =>
            {
                using FileStream? file = TryOpen(PathOf(key));
                return Task.FromResult(file is null ? null : Describe(key, file));
            },
            cancellationToken);
    }

    /// <inheritdoc />
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ObjectKey.ValidatePrefix(prefix);
        string folder = prefix[..(prefix.LastIndexOf('/') + 1)];
        var open = new Stack<IEnumerator<(string Key, FileInfo? File)>>();
        open.Push((await Guarded(prefix, () => Task.FromResult(Entries(folder)), cancellationToken)).GetEnumerator());
        while (open.TryPeek(out IEnumerator<(string Key, FileInfo? File)>? entries))
        {
            if (!entries.MoveNext())
            {
                open.Pop().Dispose();
                continue;
            }

            (string key, FileInfo? file) = entries.Current;
            bool inside = key.StartsWith(prefix, StringComparison.Ordinal);
            if (file is not null && inside)
            {
                yield return new ObjectInfo(key, file.Length, "", AtUtc(file.LastWriteTimeUtc));
            }
            else if (file is null && (inside || prefix.StartsWith(key, StringComparison.Ordinal)))
            {
                open.Push((await Guarded(prefix, () => Task.FromResult(Entries(key)), cancellationToken)).GetEnumerator());
            }
        }
    }

    /// <inheritdoc />
    public Task DeleteAsync(string key, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        return Guarded(
            key,
            async () =>
            {
                string path = PathOf(key);
                using KeyLocks.Held? held = IsData(key) ? null : await _locks.TakeAsync(key, cancellationToken);
                if (File.Exists(path))
                {
                    File.Delete(path);
                    FlushDirectory(Path.GetDirectoryName(path)!);
                    RemoveEmptyFolders(Path.GetDirectoryName(path)!);
                }

                return true;
            },
            cancellationToken);
    }

    /// <summary>Always null: a directory has no URLs.</summary>
    public Task<Uri?> PresignGetAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken = default)
    {
        ObjectKey.Validate(key);
        return Task.FromResult<Uri?>(null);
    }

    /// <summary>Removes this process's temporary files.</summary>
    public void Dispose()
    {
        _temporary.Dispose();
        _locks.Dispose();
        _direct.Dispose();
    }

    private async Task<string?> PutCoreAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        string file = _temporary.NewFile();
        bool isMoved = false;
        try
        {
            string etag;
            using (FileStream stream = Create(file))
            {
                if (!IsData(key) || !_flush || !_direct.TryWrite(stream.SafeFileHandle, content.Span))
                {
                    stream.Write(content.Span);
                }

                stream.Flush(_flush);
                etag = IsHashed(key, content.Length) ? Hash(content.Span) : TimedETag(stream);
            }

            isMoved = await PublishAsync(key, file, condition, cancellationToken);
            return isMoved ? etag : null;
        }
        finally
        {
            if (!isMoved)
            {
                File.Delete(file);
            }
        }
    }

    private async Task WriteAllAsync(string file, Stream content, CancellationToken cancellationToken)
    {
        using FileStream stream = Create(file);
        await content.CopyToAsync(stream, BufferSize, cancellationToken);
        stream.Flush(_flush);
    }

    private static FileStream Create(string file) => new(
        file,
        new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read, BufferSize = 0 });

    // Moves a finished file to its key under the key's lock; false when the condition does not hold.
    private async Task<bool> PublishAsync(string key, string file, PutCondition condition, CancellationToken cancellationToken)
    {
        string path = PathOf(key);
        bool isFree = IsData(key) && condition == default;
        using (KeyLocks.Held? held = isFree ? null : await _locks.TakeAsync(key, cancellationToken))
        {
            if (!Allows(condition, key, path))
            {
                return false;
            }

            Move(file, path, overwrite: !condition.IfAbsent);
        }

        FlushDirectory(Path.GetDirectoryName(path)!);
        return true;
    }

    private static bool IsData(string key) => key.EndsWith(DataExtension, StringComparison.Ordinal);

    private static bool IsHashed(string key, long size) => size <= HashedSize && !IsData(key);

    private static bool Allows(PutCondition condition, string key, string path)
    {
        if (Directory.Exists(path))
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"'{key}' cannot be an object: other objects lie below it.");
        }

        if (condition.IfMatch is not null)
        {
            using FileStream? current = TryOpen(path);
            return current is not null && ETagOf(key, current) == condition.IfMatch;
        }

        return !condition.IfAbsent || !File.Exists(path);
    }

    private void Move(string file, string path, bool overwrite)
    {
        string folder = Path.GetDirectoryName(path)!;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                MakeFolder(folder);
                File.Move(file, path, overwrite);
                return;
            }
            catch (Exception e) when ((e is DirectoryNotFoundException or FileNotFoundException) && attempt < MoveAttempts)
            {
                // A delete of the folder's last object took the folder, or one above it, away between the two lines.
                continue;
            }
        }
    }

    private void MakeFolder(string folder)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        if (File.Exists(folder))
        {
            throw new RecordingException(
                RecordingErrorCode.ProtocolViolation,
                $"'{Path.GetRelativePath(_root, folder)}' is an object: none can lie below it.");
        }

        string parent = Path.GetDirectoryName(folder)!;
        MakeFolder(parent);
        Directory.CreateDirectory(folder);
        FlushDirectory(parent);
    }

    private void FlushDirectory(string folder)
    {
        if (!_flush)
        {
            return;
        }

        try
        {
            DirectoryFlush.Flush(folder);
        }
        catch (DirectoryNotFoundException)
        {
            // Emptied and removed by another process: nothing of ours is left in it.
            return;
        }
    }

    private void RemoveEmptyFolders(string folder)
    {
        try
        {
            while (folder.Length > _root.Length && !Directory.EnumerateFileSystemEntries(folder).Any())
            {
                Directory.Delete(folder);
                folder = Path.GetDirectoryName(folder)!;
            }
        }
        catch (IOException)
        {
            // Somebody put an object there meanwhile, or removed the folder first.
            return;
        }
    }

    private StoredObject? Open(string key, ByteRange? range)
    {
        FileStream? file = TryOpen(PathOf(key));
        if (file is null)
        {
            return null;
        }

        try
        {
            ObjectInfo info = Describe(key, file);
            ByteRange wanted = range ?? new ByteRange(0);
            ArgumentOutOfRangeException.ThrowIfNegative(wanted.Offset);
            long offset = Math.Min(wanted.Offset, info.Size);
            file.Position = offset;
            long length = Math.Min(Math.Max(0, wanted.Length ?? long.MaxValue), info.Size - offset);
            return new StoredObject(info, range is null ? file : new BoundedStream(file, length));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static ObjectInfo Describe(string key, FileStream file) =>
        new(key, file.Length, ETagOf(key, file), AtUtc(File.GetLastWriteTimeUtc(file.SafeFileHandle)));

    private static DateTimeOffset AtUtc(DateTime utc) => new(utc, TimeSpan.Zero);

    private static string ETagOf(string key, string path)
    {
        using FileStream file = TryOpen(path)!;
        return ETagOf(key, file);
    }

    private static string TimedETag(FileStream file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.Length:x}-{File.GetLastWriteTimeUtc(file.SafeFileHandle).Ticks:x}");

    private static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(XxHash128.Hash(content));

    private static string ETagOf(string key, FileStream file)
    {
        if (!IsHashed(key, file.Length))
        {
            return TimedETag(file);
        }

        var hash = new XxHash128();
        file.Position = 0;
        hash.Append(file);
        file.Position = 0;
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return Directory.Exists(path)
                ? null
                : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferSize, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    // What one folder holds, in the order of whole keys: a folder sorts with its slash. Symbolic links are not followed.
    private List<(string Key, FileInfo? File)> Entries(string folder)
    {
        var entries = new List<(string Key, FileInfo? File)>();
        var directory = new DirectoryInfo(Path.Combine(_root, folder));
        try
        {
            var options = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };
            foreach (FileSystemInfo entry in directory.EnumerateFileSystemInfos("*", options))
            {
                if (entry is FileInfo file)
                {
                    entries.Add((folder + file.Name, file));
                }
                else if (folder.Length > 0 || entry.Name != ObjectKey.Reserved)
                {
                    entries.Add((folder + entry.Name + "/", null));
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Never made, or emptied and removed while the listing went on: it holds nothing.
            entries.Clear();
        }

        entries.RemoveAll(entry => entry.File is { Exists: false });
        entries.Sort((left, right) => string.CompareOrdinal(left.Key, right.Key));
        return entries;
    }

    private string PathOf(string key) => Path.Combine(_root, key);

    // File calls block, so they run on the pool; what the file system says becomes the product's own error.
    private static async Task<T> Guarded<T>(string key, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecordingException(RecordingErrorCode.StoreUnavailable, $"The store failed at '{key}': {e.Message}", e);
        }
    }
}

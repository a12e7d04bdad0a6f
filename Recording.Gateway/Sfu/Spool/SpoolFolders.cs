using Microsoft.Extensions.Logging;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>Finds this process's folder and those of processes that are gone. One process at a time holds a folder: the lock decides.</summary>
internal sealed class SpoolFolders(SpoolOptions options, SpoolMetrics metrics, ILogger logger)
{
    /// <summary>Where damaged files and packets that came too late are kept.</summary>
    public const string AsideName = "aside";

    private readonly HashSet<string> _leftAlone = new(StringComparer.Ordinal);

    private string Root => options.Directory!;

    /// <summary>Makes the folder of this process, under its name or, where that is taken, one like it.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public SpoolFolder Create()
    {
        for (int attempt = 1; ; attempt++)
        {
            string name = attempt == 1 ? Name : $"{Name}-{attempt}";
            if (SpoolFolder.TryCreate(Path.Combine(Root, name), Name, options.Store) is { } folder)
            {
                return folder;
            }

            if (attempt == 100)
            {
                throw new IOException($"{Path.Combine(Root, Name)} and 99 folders like it are in use.");
            }
        }
    }

    /// <summary>Takes every folder that no process holds and that belongs to this store.</summary>
    /// <param name="files">Called with each file of batches.</param>
    public List<AdoptedTrack> Adopt(Action<SpoolFile> files)
    {
        List<AdoptedTrack> adopted = [];
        if (!Directory.Exists(Root))
        {
            return adopted;
        }

        foreach (string path in Directory.EnumerateDirectories(Root).Where(static p => Path.GetFileName(p) != AsideName).Order(StringComparer.Ordinal))
        {
            SpoolFolder? folder = null;
            try
            {
                folder = SpoolFolder.TryAdopt(path);
                if (folder is not null)
                {
                    adopted.AddRange(Read(folder, files));
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                folder?.Dispose();
                LeaveAlone(path, exception.Message);
            }
        }

        return adopted;
    }

    /// <summary>Keeps a damaged file for a person to look at.</summary>
    public void KeepAside(SpoolFile file)
    {
        string aside = Path.Combine(Root, AsideName);
        Directory.CreateDirectory(aside);
        File.Move(file.Path, Path.Combine(aside, $"{Path.GetFileName(file.Folder.Path)}-{Path.GetFileName(file.Path)}"), overwrite: false);
    }

    private string Name => string.Concat(options.Instance.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '_')).TrimStart('.') is { Length: > 0 } name ? name : "gateway";

    private IReadOnlyList<AdoptedTrack> Read(SpoolFolder folder, Action<SpoolFile> files)
    {
        if (folder.Store != options.Store && folder.Store.Length > 0)
        {
            folder.Dispose();
            LeaveAlone(folder.Path, $"it belongs to the store {folder.Store}, not {options.Store}");
            return [];
        }

        // Out of the way of a process of that name that starts while this one still reads it.
        folder.MoveTo(Path.Combine(Root, $"{Path.GetFileName(folder.Path).Split('~')[0]}~{Guid.NewGuid():N}"));
        var scan = new SpoolScan(folder, (path, offset, reason) =>
        {
            metrics.Damaged(1);
            SpoolLogMessages.Damaged(logger, path, offset, reason);
        });
        IReadOnlyList<AdoptedTrack> tracks = scan.Run();
        foreach (SpoolRecord record in tracks.SelectMany(static t => t.Records))
        {
            record.Place.File.Take(record);
            record.Track.AddRecords(1);
        }

        int batches = tracks.Sum(static t => t.Records.Count);
        folder.OpenTracks = tracks.Count;
        foreach (SpoolFile file in scan.Files)
        {
            files(file);
        }

        if (batches > 0)
        {
            metrics.Adopted(batches);
            SpoolLogMessages.Adopted(logger, folder.Path, tracks.Count, batches, scan.Files.Sum(static f => f.Length));
        }

        if (tracks.Count == 0 && scan.Files.Count == 0)
        {
            folder.RemoveIfEmpty();
        }

        return tracks;
    }

    private void LeaveAlone(string path, string reason)
    {
        if (_leftAlone.Add(path))
        {
            SpoolLogMessages.LeftAlone(logger, path, reason);
        }
    }
}

using Recording.Model;

namespace Recording.PostProcessing.Outputs;

/// <summary>Brings what was made to where it was asked for, as a whole or not at all.</summary>
/// <param name="made">The folder of the outputs.</param>
/// <param name="output">Where the main one goes.</param>
internal sealed class OfflineDelivery(DirectoryInfo made, FileInfo output)
{
    private const string Segments = "segment-*.m4s";

    /// <summary>Ends with an error when nothing could be delivered: better said before hours of rendering than behind them.</summary>
    /// <exception cref="RecordingException">1003: the output is a folder where a file is made, or the reverse, or lies in a file.</exception>
    /// <exception cref="IOException">Its folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">Its folder cannot be written to.</exception>
    public static void Check(CompositionSettings settings, FileInfo output)
    {
        bool isFolder = IsFolder(settings);
        if (isFolder ? File.Exists(output.FullName) : Directory.Exists(output.FullName))
        {
            throw new RecordingException(
                RecordingErrorCode.ProtocolViolation, $"output: {settings.Format} makes a {(isFolder ? "folder" : "file")}, and {output.FullName} is a {(isFolder ? "file" : "folder")}");
        }

        string? folder = isFolder ? output.FullName : output.DirectoryName;
        while (folder is not null && !Directory.Exists(folder))
        {
            folder = !File.Exists(folder) ? Path.GetDirectoryName(folder) : throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"output: {folder} is a file, and {output.FullName} lies in it");
        }

        new FileStream(Partial(Path.Combine(folder ?? "/", output.Name)), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.DeleteOnClose }).Dispose();
    }

    /// <summary>Copies everything.</summary>
    public CompositionResult Deliver(CompositionSettings settings, IReadOnlyList<PublishedFile> published)
    {
        List<(FileInfo Source, FileInfo Target)> files = [];
        bool isFolder = IsFolder(settings);
        FileInfo main = new(Path.Combine(made.FullName, $"composite.{settings.Format}"));
        string mainFolder = settings.Format == "hls" ? "hls" : "speakers";
        string extras = Path.TrimEndingDirectorySeparator(output.FullName) + ".files";
        if (made.Exists)
        {
            foreach (FileInfo file in made.EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(file => file.FullName, StringComparer.Ordinal))
            {
                string relative = Path.GetRelativePath(made.FullName, file.FullName);
                if (relative.Split(Path.DirectorySeparatorChar)[0] is "tracks" or "jobs")
                {
                    continue;
                }

                bool isMain = isFolder ? relative.StartsWith(mainFolder + Path.DirectorySeparatorChar, StringComparison.Ordinal) : relative == main.Name;
                string target = !isMain ? Path.Combine(extras, relative) : isFolder ? Path.Combine(output.FullName, relative[(mainFolder.Length + 1)..]) : output.FullName;
                files.Add((file, new FileInfo(target)));
            }
        }

        // What names others comes behind them.
        Place([.. files.OrderBy(file => file.Target.Name == HlsPackage.MasterFile ? 2 : file.Target.Extension == ".m3u8" || file.Target.FullName == output.FullName ? 1 : 0)]);
        if (settings.Format == "hls")
        {
            RemoveOldSegments(files);
        }

        PublishedFile[] composites = [.. published.Where(file => file.Kind == (settings.Format == "wav" ? "speaker" : "composite"))];
        return new CompositionResult(
            isFolder ? new DirectoryInfo(output.FullName) : new FileInfo(output.FullName),
            composites.Select(file => file.DurationSeconds).DefaultIfEmpty(0).Max(),
            composites.Sum(file => file.Bytes + file.Parts.Sum(part => part.Bytes)),
            composites.Length == 1 ? composites[0].Sha256 : "",
            [.. files.Select(file => new FileInfo(file.Target.FullName))]);
    }

    /// <summary>Puts files into their places, in this order, once all of them are beside them: a scratch folder is often on another file system, where a move is not one step.</summary>
    public static void Place(IReadOnlyList<(FileInfo Source, FileInfo Target)> files)
    {
        List<FileInfo> partial = [];
        try
        {
            foreach ((FileInfo source, FileInfo target) in files)
            {
                target.Directory!.Create();
                partial.Add(new FileInfo(Partial(target.FullName)));
                source.CopyTo(partial[^1].FullName);
            }

            for (int i = 0; i < files.Count; i++)
            {
                File.Move(partial[i].FullName, files[i].Target.FullName, overwrite: true);
            }
        }
        catch
        {
            foreach (FileInfo file in partial)
            {
                file.Delete();
            }

            throw;
        }
    }

    // A longer package that was there before.
    private void RemoveOldSegments(List<(FileInfo Source, FileInfo Target)> files)
    {
        HashSet<string> own = new(files.Select(file => file.Target.FullName), StringComparer.Ordinal);
        foreach (FileInfo file in new DirectoryInfo(output.FullName).EnumerateFiles(Segments).Where(file => !own.Contains(file.FullName)).ToArray())
        {
            file.Delete();
        }
    }

    private static bool IsFolder(CompositionSettings settings) => settings.Format is "hls" or "wav";

    // Its own name each time: two that make one file do not write into each other's.
    private static string Partial(string target) => $"{target}.{Guid.NewGuid():n}.partial";
}

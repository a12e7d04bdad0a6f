namespace Recording.PostProcessing.Outputs;

/// <summary>Brings what was made to where it was asked for, each file as a whole or not at all.</summary>
/// <param name="made">The folder of the outputs.</param>
/// <param name="output">Where the main one goes.</param>
internal sealed class OfflineDelivery(DirectoryInfo made, FileInfo output)
{
    /// <summary>Copies everything.</summary>
    public CompositionResult Deliver(CompositionSettings settings, IReadOnlyList<PublishedFile> published)
    {
        List<FileInfo> files = [];
        bool isFolder = settings.Format is "hls" or "wav";
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
                files.Add(Place(file, new FileInfo(target)));
            }
        }

        PublishedFile[] composites = [.. published.Where(file => file.Kind == (settings.Format == "wav" ? "speaker" : "composite"))];
        return new CompositionResult(
            isFolder ? new DirectoryInfo(output.FullName) : new FileInfo(output.FullName),
            composites.Select(file => file.DurationSeconds).DefaultIfEmpty(0).Max(),
            composites.Sum(file => file.Bytes),
            composites.Length == 1 ? composites[0].Sha256 : "",
            files);
    }

    // Copied beside its place first: a scratch folder is often on another file system, where a move is not one step.
    private static FileInfo Place(FileInfo source, FileInfo target)
    {
        target.Directory!.Create();
        var partial = new FileInfo(target.FullName + ".partial");
        try
        {
            source.CopyTo(partial.FullName, overwrite: true);
            partial.MoveTo(target.FullName, overwrite: true);
        }
        catch (IOException)
        {
            partial.Delete();
            throw;
        }

        return new FileInfo(target.FullName);
    }
}

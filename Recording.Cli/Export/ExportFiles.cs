using Recording.Model;

namespace Recording.Cli.Export;

/// <summary>The files of an export: each appears under its name when it is complete, and replaces another one only when asked to.</summary>
internal sealed class ExportFiles(bool overwrite) : IDisposable
{
    private readonly List<(string Partial, string Path, FileStream Stream)> _open = [];
    private bool _committed;

    /// <summary>Begins a file.</summary>
    /// <exception cref="RecordingException">2004: it exists.</exception>
    public Stream Create(string path)
    {
        if (!overwrite && File.Exists(path))
        {
            throw new RecordingException(RecordingErrorCode.WrongState, $"{path} exists already: --force replaces it");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string partial = path + ".partial";
        var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16);
        _open.Add((partial, path, stream));
        return stream;
    }

    /// <summary>Gives all files their names.</summary>
    public void Commit()
    {
        foreach ((string partial, string path, FileStream stream) in _open)
        {
            stream.Flush(flushToDisk: true);
            stream.Dispose();
            File.Move(partial, path, overwrite);
        }

        _committed = true;
    }

    public void Dispose()
    {
        foreach ((string partial, _, FileStream stream) in _open)
        {
            try
            {
                stream.Dispose();
            }
            catch (IOException) when (!_committed)
            {
                // What it still holds does not fit on the disk, and goes anyway.
            }

            if (!_committed)
            {
                File.Delete(partial);
            }
        }
    }
}

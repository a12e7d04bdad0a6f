namespace Recording.Gateway.Sfu.Spool;

/// <summary>Where packets go that are neither stored nor fit into memory.</summary>
public sealed class SpoolOptions
{
    /// <summary>Folder that holds a folder for each process (<c>RECORDING_SPOOL</c>); null = no spool.</summary>
    public string? Directory { get; set; }

    /// <summary>The folder is a default that nobody asked for: where it cannot be made there is no spool, which is said once.</summary>
    public bool IsDefault { get; set; }

    /// <summary>Name of this process's folder (<c>RECORDING_INSTANCE</c>).</summary>
    public string Instance { get; set; } = Environment.MachineName;

    /// <summary>The store that packets belong to: the folder of a process with another store is left alone.</summary>
    public string Store { get; set; } = "";

    /// <summary>Bytes on disk at most (<c>RECORDING_SPOOL_BYTES</c>).</summary>
    public long MaxBytes { get; set; } = 20L << 30;

    /// <summary>Bytes of the disk that stay free (<c>RECORDING_SPOOL_RESERVE</c>).</summary>
    public long ReserveBytes { get; set; } = 1L << 30;

    /// <summary>A batch that is not stored after this long goes to disk (<c>RECORDING_SPOOL_AFTER</c>).</summary>
    public TimeSpan After { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes after which another file is begun.</summary>
    public long FileBytes { get; set; } = 64L << 20;

    /// <summary>Between attempts after the disk failed or was full, and between looks for folders of processes that are gone.</summary>
    public TimeSpan RetryInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The same for a spool that is small: it must not lie in one file, which can only be deleted as a whole.</summary>
    internal long FileLimit => Math.Min(FileBytes, Math.Max(64 << 10, MaxBytes / 8));
}

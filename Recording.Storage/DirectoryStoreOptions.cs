namespace Recording.Storage;

/// <summary>Settings of <see cref="DirectoryObjectStore"/>.</summary>
public sealed class DirectoryStoreOptions
{
    /// <summary>The directory that stands for the bucket; made when it is not there. Several processes may share it.</summary>
    public string Root { get; set; } = "./data/recordings-private";

    /// <summary>Whether a put waits for the disk: file and directory are flushed before it returns.</summary>
    public bool FlushToDisk { get; set; } = true;

    /// <summary>How long a put or delete waits for another writer of the same key before it fails with 4001.</summary>
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(10);
}

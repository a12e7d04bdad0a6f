using Recording.Storage;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>A directory as an object store, with a recording copied into it.</summary>
public sealed class ObjectStoreFolder : IDisposable
{
    public ObjectStoreFolder(DirectoryInfo root, DirectoryInfo recording)
    {
        foreach (FileInfo file in recording.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var target = new FileInfo(Path.Combine(root.FullName, Path.GetRelativePath(recording.FullName, file.FullName)));
            target.Directory!.Create();
            file.CopyTo(target.FullName);
        }

        Store = new DirectoryObjectStore(new DirectoryStoreOptions { Root = root.FullName }, TimeProvider.System);
    }

    public DirectoryObjectStore Store { get; }

    public void Dispose() => Store.Dispose();
}

namespace Recording.Grains.Tests.Doubles;

/// <summary>A directory that is gone with the test.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string FullName { get; } = Directory.CreateTempSubdirectory("recording-test-").FullName;

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}

using Microsoft.Extensions.Options;

namespace Recording.Grains.Recordings;

/// <summary>How many assemblies run at once in this silo; a place is held while one runs.</summary>
internal sealed class AssemblySlots(IOptions<RecordingsOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _places = new(options.Value.ConcurrentAssemblies);

    /// <summary>Waits for a place.</summary>
    public Task EnterAsync(CancellationToken cancellationToken) => _places.WaitAsync(cancellationToken);

    /// <summary>Gives it back.</summary>
    public void Leave() => _places.Release();

    /// <inheritdoc />
    public void Dispose() => _places.Dispose();
}

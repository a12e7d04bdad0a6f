namespace Recording.Storage;

/// <summary>A store in which uploads may be left unfinished by processes that were killed.</summary>
public interface IUnfinishedUploads
{
    /// <summary>Streamed puts below a prefix that were begun and neither finished nor aborted; one of a living process may be among them.</summary>
    IAsyncEnumerable<UnfinishedUpload> ListUnfinishedAsync(string prefix, CancellationToken cancellationToken = default);

    /// <summary>Removes what an unfinished put left; no error when it is gone.</summary>
    Task AbortAsync(UnfinishedUpload upload, CancellationToken cancellationToken = default);
}

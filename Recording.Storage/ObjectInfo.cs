namespace Recording.Storage;

/// <summary>What a listing or a head says about an object.</summary>
/// <param name="Key">The object's key.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ETag">Version; changes with the content. Empty in listings of stores that would have to read the object to know it.</param>
/// <param name="LastModified">When it was written, by the store's clock.</param>
public sealed record ObjectInfo(string Key, long Size, string ETag, DateTimeOffset LastModified);

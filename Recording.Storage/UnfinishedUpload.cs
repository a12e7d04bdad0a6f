namespace Recording.Storage;

/// <summary>A streamed put that was begun and neither finished nor aborted, as a killed process leaves it.</summary>
/// <param name="Key">The key it was for.</param>
/// <param name="UploadId">The store's name for it.</param>
/// <param name="StartedAt">When it was begun, by the store's clock.</param>
public sealed record UnfinishedUpload(string Key, string UploadId, DateTimeOffset StartedAt);

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>One track in one epoch.</summary>
internal readonly record struct IngestKey(string RecordingId, string TrackId, ulong Epoch);

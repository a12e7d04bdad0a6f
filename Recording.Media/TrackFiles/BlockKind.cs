namespace Recording.Media.TrackFiles;

/// <summary>What a block of a track file holds (docs/track-file.md).</summary>
public enum BlockKind : byte
{
    /// <summary>RTP packets and rebuilt sender reports.</summary>
    Data = 1,

    /// <summary>A protobuf <c>Marker</c>: pause, resume, gap, skipped, layer, policy, clock.</summary>
    Marker = 2,

    /// <summary>A protobuf <c>TrackIndex</c>, last block of a complete file.</summary>
    Index = 3,

    /// <summary>A protobuf <c>TrackFormat</c> that holds from here on.</summary>
    Format = 4,
}

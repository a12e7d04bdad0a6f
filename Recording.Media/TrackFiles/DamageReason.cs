namespace Recording.Media.TrackFiles;

/// <summary>Why bytes of a track file were skipped.</summary>
public enum DamageReason
{
    /// <summary>No block, section or footer starts here.</summary>
    Unrecognised,

    /// <summary>A section's length or checksum is wrong, or its header does not parse.</summary>
    Section,

    /// <summary>A block header's checksum is wrong or a length is out of range.</summary>
    BlockHeader,

    /// <summary>A block's payload does not match its checksum.</summary>
    BlockPayload,

    /// <summary>A footer does not point at the index block before it.</summary>
    Footer,

    /// <summary>The file ends inside a section, block or footer.</summary>
    Truncated,
}

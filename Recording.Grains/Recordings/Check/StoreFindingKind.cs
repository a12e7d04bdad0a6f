namespace Recording.Grains.Recordings.Check;

/// <summary>What can be wrong in a store.</summary>
public enum StoreFindingKind
{
    /// <summary>A recording that is not finished: live, or to be finished by the service. No fault.</summary>
    Unfinished,

    /// <summary>A recording that the index does not name. Repaired by naming it.</summary>
    NotIndexed,

    /// <summary>An index entry with no recording behind it. Repaired by taking it out.</summary>
    IndexWithoutRecording,

    /// <summary>An index object that cannot be read. Repaired by writing it anew from the recordings' states.</summary>
    DamagedIndex,

    /// <summary>A recording's state that cannot be read.</summary>
    DamagedState,

    /// <summary>A file of the committed manifest that is not there, or has another size.</summary>
    MissingFile,

    /// <summary>Segments beside the complete file of their track, with packets that it has not. Repaired by having the service add them.</summary>
    LateSegments,

    /// <summary>A segment of a recording that nobody knows, or one that a complete track holds already.</summary>
    OrphanedSegment,

    /// <summary>Another file of a recording that nobody knows, or one that its manifest does not name; under <c>processed/</c> only while no job of it is unfinished.</summary>
    OrphanedFile,

    /// <summary>State of a grain that has none any more: a room that is gone.</summary>
    OrphanedState,

    /// <summary>An upload that was begun and never ended.</summary>
    UnfinishedUpload,
}

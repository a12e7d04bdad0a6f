using Recording.Gateway.Sfu.Ingest;

namespace Recording.Gateway.Sfu.Spool;

/// <summary>One track and session in one folder of a spool.</summary>
internal sealed class SpoolTrack(SpoolFolder folder, ulong number, TrackIdentity identity, ulong epoch, IngestKind kind, byte[] header)
{
    private int _records;

    /// <summary>Where its batches are.</summary>
    public SpoolFolder Folder => folder;

    /// <summary>Its number in that folder.</summary>
    public ulong Number => number;

    public TrackIdentity Identity => identity;

    public ulong Epoch => epoch;

    public IngestKind Kind => kind;

    /// <summary>Encoded <c>TrackHeader</c> as it was before the first batch.</summary>
    public byte[] Header { get; set; } = header;

    /// <summary>The last index, once its session is over; null = it may go on.</summary>
    public ulong? LastIndex { get; set; }

    /// <summary>Batches on disk that are not stored yet.</summary>
    public int Records => Volatile.Read(ref _records);

    public void AddRecords(int count) => Interlocked.Add(ref _records, count);

    /// <summary>As it is written.</summary>
    public Wire.Track ToWire() => new()
    {
        Number = number,
        Epoch = epoch,
        IngestKind = (uint)kind,
        Prefix = identity.Prefix,
        Header = Google.Protobuf.ByteString.CopyFrom(Header),
    };
}

using Recording.Media.Rtp;
using Recording.Media.TrackFiles;

namespace Recording.Simulator.Verification;

/// <summary>The packets of one stored track, from its track file or, while it is open, from its segments.</summary>
internal sealed class StoredTrack
{
    private readonly Dictionary<(ulong Epoch, ulong Index), PacketIdentity> _packets = [];
    private readonly string _root;
    private readonly Action<string> _problem;

    public StoredTrack(string root, Action<string> problem)
    {
        _root = root;
        _problem = problem;
    }

    public string Room { get; private set; } = "";

    public string Producer { get; private set; } = "";

    public IEnumerable<PacketIdentity> Packets => _packets.Values;

    public int Count => _packets.Count;

    public long Duplicated { get; private set; }

    public long Damaged { get; private set; }

    public long Empty { get; private set; }

    public long Reports { get; private set; }

    /// <summary>Reads a file; segments of two activations may overlap, a track file holds each index once.</summary>
    public void Read(string path, bool mayOverlap)
    {
        string name = Path.GetRelativePath(_root, path);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.SequentialScan);
        var reader = new TrackFileReader(file);
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Section && reader.Section is { } section)
            {
                Room = section.RoomId;
                Producer = section.ProducerId;
            }
            else if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Data)
            {
                ReadBlock(reader, name, mayOverlap);
            }
        }

        if (Producer.Length == 0)
        {
            Damaged++;
            _problem($"{name} has no readable header");
        }

        foreach (Damage damage in reader.Damage)
        {
            _problem($"{name}: {damage.Length} damaged bytes at {damage.Offset} ({damage.Reason})");
        }

        Damaged += reader.DamageCount;
    }

    private void ReadBlock(TrackFileReader reader, string name, bool mayOverlap)
    {
        var entries = new DataPayloadReader(reader.Payload.Span, reader.Header.BaseTimeUs);
        ulong index = reader.Header.FirstIndex;
        while (entries.Read())
        {
            Add(reader.Header.Epoch, index++, entries.Packet, name, mayOverlap);
        }

        if (entries.IsDamaged || index != reader.Header.EndIndex)
        {
            Damaged++;
            _problem($"{name}: the block at {reader.Offset} says {reader.Header.PacketCount} packets and holds {index - reader.Header.FirstIndex}");
        }
    }

    private void Add(ulong epoch, ulong index, ReadOnlySpan<byte> packet, string name, bool mayOverlap)
    {
        if (packet.IsEmpty)
        {
            Empty++;
            return;
        }

        if (Rtcp.IsRtcp(packet))
        {
            Reports++;
            return;
        }

        PacketIdentity identity = PacketIdentity.Of(packet);
        if (_packets.TryAdd((epoch, index), identity) || (mayOverlap && _packets[(epoch, index)] == identity))
        {
            return;
        }

        Duplicated++;
        _problem($"{name}: index {index} of epoch {epoch} is there twice");
    }
}

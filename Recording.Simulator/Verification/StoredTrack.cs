using Google.Protobuf;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Simulator.Verification;

/// <summary>The packets of one stored track, from its track file or, while it is open, from its segments.</summary>
internal sealed class StoredTrack
{
    private readonly Dictionary<(ulong Epoch, ulong Index), PacketIdentity> _packets = [];
    private readonly Dictionary<ulong, IndexRanges> _ranges = [];
    private readonly Dictionary<ulong, ulong> _ends = [];
    private readonly HashSet<long> _blockOffsets = [];
    private readonly List<DamagePlace> _places = [];
    private readonly string _root;
    private readonly Action<string> _problem;
    private long _rtp;

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

    public IReadOnlyList<DamagePlace> Places => _places;

    /// <summary>Indexes that are missing and that no marker tells of.</summary>
    public ulong Holes { get; private set; }

    /// <summary>Blocks that stand behind a later one.</summary>
    public long Disordered { get; private set; }

    /// <summary>Reads a file; segments of two activations may overlap, a track file holds each index once.</summary>
    public void Read(string path, bool mayOverlap)
    {
        string name = Path.GetRelativePath(_root, path);
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.SequentialScan);
        var reader = new TrackFileReader(file);
        TrackIndex? index = null;
        bool isComplete = false;
        while (reader.Read())
        {
            isComplete = reader.Kind == TrackItemKind.Footer;
            if (reader.Kind == TrackItemKind.Section && reader.Section is { } section)
            {
                Room = section.RoomId;
                Producer = section.ProducerId;
            }
            else if (reader.Kind == TrackItemKind.Block)
            {
                ReadBlock(reader, name, mayOverlap, ref index);
            }
        }

        if (reader.Section is null)
        {
            Damaged++;
            _problem($"{name} has no readable header");
        }

        foreach (Damage damage in reader.Damage)
        {
            _places.Add(DamagePlace.From(damage, name));
            string lost = damage.LostIndexes == 0 ? "" : $", indexes {damage.FirstIndex} to {damage.LastIndex} of epoch {damage.Epoch}";
            _problem($"{name}: {damage.Length} damaged bytes at {damage.Offset}, block {damage.Block}{lost} ({damage.Reason})");
        }

        Damaged += reader.DamageCount;
        if (!mayOverlap)
        {
            CheckComplete(name, isComplete, index, reader.DamageCount);
        }
    }

    // Only a complete file has to be without holes and to end with an index: what an open track lacks may still come.
    private void CheckComplete(string name, bool isComplete, TrackIndex? index, long damages)
    {
        if (!isComplete && damages == 0)
        {
            Damaged++;
            _problem($"{name} does not end with an index: it was cut, or never finished (recording repair makes one)");
        }

        if (index is not null && damages == 0 && ((long)index.Packets != _rtp || !index.Entries.All(entry => _blockOffsets.Contains((long)entry.Offset))))
        {
            Damaged++;
            _problem($"{name}: the index does not fit the file (it tells of {index.Packets} packets, there are {_rtp}; recording repair makes a new one)");
        }

        foreach ((ulong epoch, IndexRanges ranges) in _ranges)
        {
            foreach ((ulong first, ulong last) in ranges.Holes())
            {
                Holes += last - first + 1;
                _problem($"{name}: indexes {first} to {last} of epoch {epoch} are missing, and no marker tells of it");
            }
        }

        if (Disordered > 0)
        {
            _problem($"{name}: {Disordered} blocks stand behind a later one");
        }
    }

    private void ReadBlock(TrackFileReader reader, string name, bool mayOverlap, ref TrackIndex? index)
    {
        BlockHeader header = reader.Header;
        IndexRanges ranges = _ranges.TryGetValue(header.Epoch, out IndexRanges? known) ? known : _ranges[header.Epoch] = new IndexRanges();
        switch (header.Kind)
        {
            case BlockKind.Data:
                _blockOffsets.Add(reader.Offset);
                Disordered += !mayOverlap && header.PacketCount > 0 && header.FirstIndex < _ends.GetValueOrDefault(header.Epoch) ? 1 : 0;
                _ends[header.Epoch] = Math.Max(_ends.GetValueOrDefault(header.Epoch), header.EndIndex);
                ranges.Add(header.FirstIndex, header.EndIndex - 1);
                ReadData(reader, name, mayOverlap);
                break;
            case BlockKind.Marker when BlockSequence.TryParseMarker(reader.Payload.Span, out Marker? marker):
                ranges.Add(marker.Skipped?.FirstIndex ?? marker.Gap?.FirstIndex ?? 0, marker.Skipped?.LastIndex ?? marker.Gap?.LastIndex ?? 0);
                break;
            case BlockKind.Index:
                index = Parse(reader.Payload.Span);
                break;
            default:
                break;
        }
    }

    // One that does not parse is as good as one that fits nothing.
    private static TrackIndex Parse(ReadOnlySpan<byte> payload)
    {
        try
        {
            return TrackIndex.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException)
        {
            return new TrackIndex { Packets = ulong.MaxValue };
        }
    }

    private void ReadData(TrackFileReader reader, string name, bool mayOverlap)
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

        _rtp++;
        PacketIdentity identity = PacketIdentity.Of(packet);
        if (_packets.TryAdd((epoch, index), identity) || (mayOverlap && _packets[(epoch, index)] == identity))
        {
            return;
        }

        Duplicated++;
        _problem($"{name}: index {index} of epoch {epoch} is there twice");
    }
}

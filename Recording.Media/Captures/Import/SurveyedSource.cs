namespace Recording.Media.Captures.Import;

/// <summary>What the first pass learnt of one SSRC.</summary>
internal sealed class SurveyedSource(uint ssrc, int file)
{
    public uint Ssrc => ssrc;

    /// <summary>The capture that it was first seen in.</summary>
    public int File => file;

    public long Packets { get; set; }

    public long FirstUs { get; set; } = long.MaxValue;

    public long LastUs { get; set; } = long.MinValue;

    public SortedDictionary<byte, long> PayloadTypes { get; } = [];

    public UInt128 Address { get; set; }

    public ushort Port { get; set; }

    public string Mid { get; set; } = "";

    public string Rid { get; set; } = "";

    public string RepairedRid { get; set; } = "";

    public StreamDescription? Description { get; set; }

    /// <summary>Sequence numbers of media, for retransmissions to be told by.</summary>
    public SequenceTable? Sequences { get; set; }

    /// <summary>How many packets look like retransmissions of which source.</summary>
    public Dictionary<uint, int> Repeats { get; } = [];

    /// <summary>Packets that were compared.</summary>
    public int Compared { get; set; }

    public byte MainPayloadType(Func<byte, bool> counts)
    {
        byte best = PayloadTypes.First().Key;
        long most = -1;
        foreach ((byte type, long packets) in PayloadTypes)
        {
            if (counts(type) && packets > most)
            {
                (best, most) = (type, packets);
            }
        }

        return best;
    }
}

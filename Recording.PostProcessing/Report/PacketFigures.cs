namespace Recording.PostProcessing.Report;

/// <summary>Packets of a track.</summary>
public sealed record PacketFigures
{
    /// <summary>RTP packets in the file.</summary>
    public long Received { get; init; }

    /// <summary>In their place, once, after retransmission and redundancy.</summary>
    public long Media { get; init; }

    /// <summary>Media and lost.</summary>
    public long Expected { get; init; }

    /// <summary>Sequence numbers that never came to the SFU.</summary>
    public long Lost { get; init; }

    /// <summary>Missed between SFU and recorder; not among the lost.</summary>
    public long Missed { get; init; }

    /// <summary>Lost of expected.</summary>
    public double LossPercent { get; init; }

    /// <summary>Brought back by RTX or RED.</summary>
    public long Recovered { get; init; }

    /// <summary>The same packet again.</summary>
    public long Duplicates { get; init; }

    /// <summary>Out of order, and found their place.</summary>
    public long Reordered { get; init; }

    /// <summary>After their place had been given up, or after the track was sealed.</summary>
    public long Late { get; init; }

    /// <summary>Opus packets that also hold the speech of the one before (in-band FEC, RFC 6716 2.1.7).</summary>
    public long InbandFec { get; init; }

    /// <summary>Of the lost, those whose speech the next packet holds as in-band FEC: FFmpeg's decoder does not use it, so they are not brought back.</summary>
    public long FecUnused { get; init; }

    /// <summary>FlexFEC or ULPFEC packets: kept in the track file, not used.</summary>
    public long Protection { get; init; }

    /// <summary>Without payload.</summary>
    public long PaddingOnly { get; init; }

    /// <summary>Bandwidth probes of an SFU.</summary>
    public long Probes { get; init; }

    /// <summary>Media of a codec that is recorded raw only: nothing can be shown or heard of it.</summary>
    public long RawOnly { get; init; }

    /// <summary>Media in another codec than most of the track's: kept in the track file, in no output, because a file has one.</summary>
    public long OtherCodec { get; init; }

    /// <summary>Media whose payload is not what its codec allows: kept in the track file, in no output.</summary>
    public long Undecodable { get; init; }

    /// <summary>Not RTP, far off their source's numbers, or another payload under a number that was taken.</summary>
    public long Malformed { get; init; }
}

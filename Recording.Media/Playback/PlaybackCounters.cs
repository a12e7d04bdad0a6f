namespace Recording.Media.Playback;

/// <summary>What a playback met; all counts are packets since the start of the file.</summary>
public sealed class PlaybackCounters
{
    /// <summary>Media packets delivered.</summary>
    public long Packets { get; internal set; }

    /// <summary>Sequence numbers that never came.</summary>
    public long Lost { get; internal set; }

    /// <summary>The same packet again.</summary>
    public long Duplicates { get; internal set; }

    /// <summary>Another payload under a sequence number that was taken; the first one counts.</summary>
    public long Conflicts { get; internal set; }

    /// <summary>Packets behind a hole that had been given up.</summary>
    public long Late { get; internal set; }

    /// <summary>Packets out of order that found their place.</summary>
    public long Reordered { get; internal set; }

    /// <summary>Packets brought back by RTX or RED.</summary>
    public long Recovered { get; internal set; }

    /// <summary>Packets without payload, and RTX packets without an original.</summary>
    public long PaddingOnly { get; internal set; }

    /// <summary>Bandwidth probes of an SFU (SSRC 1234, payload type 127).</summary>
    public long Probes { get; internal set; }

    /// <summary>Payload types that the format does not name, or that carry no media (telephone events, comfort noise, FEC).</summary>
    public long OtherPayloads { get; internal set; }

    /// <summary>Entries that are not RTP, and single packets far off their source's numbers.</summary>
    public long Malformed { get; internal set; }

    /// <summary>Sender reports.</summary>
    public long SenderReports { get; internal set; }

    /// <summary>Times that a source started over under its old SSRC.</summary>
    public long SourceResets { get; internal set; }
}

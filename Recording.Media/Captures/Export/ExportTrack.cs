using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures.Export;

/// <summary>A track file as an export sees it before it writes: who, what, when, how much.</summary>
public sealed class ExportTrack
{
    private const int MaxSources = 4096;

    private readonly SortedDictionary<uint, PayloadFormat> _formats = [];
    private readonly Dictionary<uint, EncodingFormat> _encodings = [];
    private readonly SortedDictionary<uint, ExtensionFormat> _extensions = [];
    private readonly Dictionary<uint, SortedDictionary<byte, long>> _sources = [];
    private readonly List<uint> _order = [];
    private TrackFormat? _last;

    private ExportTrack(string name, Func<Stream> open)
    {
        Name = name;
        Open = open;
    }

    /// <summary>The file's name without extension.</summary>
    public string Name { get; }

    /// <summary>Opens the file from its start.</summary>
    public Func<Stream> Open { get; }

    /// <summary>The first section's header; an empty one when there is none.</summary>
    public TrackHeader Header { get; private set; } = new();

    /// <summary>Earliest entry, µs since 1970.</summary>
    public long FirstUs { get; private set; } = long.MaxValue;

    /// <summary>RTP packets.</summary>
    public long Packets { get; private set; }

    /// <summary>Sender reports.</summary>
    public long Reports { get; private set; }

    /// <summary>Damaged stretches of the file.</summary>
    public long DamageCount { get; private set; }

    /// <summary>audio or video.</summary>
    public string Kind => Header.Kind.Length > 0 ? Header.Kind : "video";

    /// <summary>What all formats of the file say of payload types, by number; the last word counts.</summary>
    public IEnumerable<PayloadFormat> PayloadTypes => _formats.Values;

    /// <summary>What all formats of the file say of header extensions.</summary>
    public IEnumerable<ExtensionFormat> Extensions => _extensions.Values;

    /// <summary>Media sources that sent, in order of appearance, with the source that repeats each (0 = none).</summary>
    public IEnumerable<EncodingFormat> Media => _order.Where(ssrc => !IsRepair(ssrc)).Select(ssrc => _encodings.GetValueOrDefault(ssrc) ?? new EncodingFormat { Ssrc = ssrc });

    /// <summary>All sources that sent, in order of appearance.</summary>
    public IReadOnlyList<uint> Sources => _order;

    /// <summary>Reads the file once.</summary>
    public static ExportTrack Survey(string name, Func<Stream> open, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(open);
        var track = new ExportTrack(name, open);
        using Stream stream = open();
        var reader = new TrackEntryReader(stream);
        while (reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            track.Take(reader);
        }

        track.Use(reader);
        track.DamageCount = reader.DamageCount;
        return track;
    }

    /// <summary>The payload type that most packets of a source have; null = it sent none.</summary>
    public PayloadFormat? MainFormat(uint ssrc)
    {
        IEnumerable<byte> types = _sources.GetValueOrDefault(ssrc)?.OrderByDescending(pair => pair.Value).Select(pair => pair.Key) ?? [];
        byte[] seen = [.. types];
        return seen.Select(type => _formats.GetValueOrDefault(type)).FirstOrDefault(format => format is not null && IsCodec(format.Codec))
            ?? (seen.Length > 0 ? new PayloadFormat { Pt = seen[0], Codec = Kind == "audio" ? "opus" : "vp8", ClockRate = Kind == "audio" ? 48_000u : 90_000u, Channels = Kind == "audio" ? 2u : 0u } : null);
    }

    /// <summary>Whether a source repeats or protects another one.</summary>
    public bool IsRepair(uint ssrc) =>
        _encodings.Values.Any(encoding => encoding.RtxSsrc == ssrc)
        || (_sources.TryGetValue(ssrc, out SortedDictionary<byte, long>? types) && types.Keys.All(type => _formats.GetValueOrDefault(type) is { } format && !PayloadFormats.IsMedia(format.Codec)));

    private static bool IsCodec(string codec) => PayloadFormats.IsMedia(codec) && codec is not ("telephone-event" or "cn" or "ulpfec");

    private void Take(TrackEntryReader reader)
    {
        Use(reader);
        FirstUs = Math.Min(FirstUs, reader.TimeUs);
        if (reader.IsReport)
        {
            Reports++;
            return;
        }

        Packets++;
        if (!RtpPacket.TryParse(reader.Packet.Span, out RtpPacket packet, out _))
        {
            return;
        }

        if (!_sources.TryGetValue(packet.Ssrc, out SortedDictionary<byte, long>? types))
        {
            if (_sources.Count == MaxSources)
            {
                return;
            }

            _sources.Add(packet.Ssrc, types = []);
            _order.Add(packet.Ssrc);
        }

        types[packet.PayloadType] = types.GetValueOrDefault(packet.PayloadType) + 1;
    }

    private void Use(TrackEntryReader reader)
    {
        if (reader.Format is null || ReferenceEquals(reader.Format, _last))
        {
            return;
        }

        if (_last is null && reader.Header is { } header)
        {
            Header = header;
        }

        _last = reader.Format;
        foreach (PayloadFormat format in _last.PayloadTypes.Where(format => format is { Pt: < 128, Codec.Length: > 0, ClockRate: > 0 }))
        {
            _formats[format.Pt] = format;
        }

        foreach (EncodingFormat encoding in _last.Encodings.Where(encoding => encoding.Ssrc != 0 && _encodings.Count < MaxSources))
        {
            _encodings[encoding.Ssrc] = encoding;
        }

        foreach (ExtensionFormat extension in _last.HeaderExtensions)
        {
            _extensions[extension.Id] = extension;
        }
    }
}

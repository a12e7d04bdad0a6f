using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.PostProcessing.Report;

/// <summary>
/// One pass over a track file as it is, packet by packet in the order they came: what arrival times and RTP headers say. Times are µs recording
/// time since 1970. Never throws on what it reads.
/// </summary>
internal sealed class TrackSurvey
{
    private const string AudioLevelUri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
    private const int AudioLevelMask = 0x7F;
    private const int Silence = 127;
    private const long SilentGapUs = 150_000;
    private const long ShortestSilenceUs = 1_000_000;
    private const long SampleUs = 1_000_000;
    private const int MaxSources = 1_000;
    private const int MaxSilences = 10_000;

    private readonly Dictionary<uint, Source> _sources = [];
    private readonly Dictionary<ulong, long> _offsets = [];
    private readonly Dictionary<ulong, long> _roundTrips = [];
    private readonly List<(long StartUs, long EndUs)> _silences = [];
    private readonly Dictionary<int, PayloadFormat> _formats = [];
    private readonly RateBins _rate = new();
    private int _audioLevelId = -1;
    private long _silentFromUs = -1;
    private long _silentToUs;

    private TrackSurvey()
    {
    }

    /// <summary>RTP packets.</summary>
    public long Packets { get; private set; }

    /// <summary>FlexFEC or ULPFEC packets.</summary>
    public long Protection { get; private set; }

    /// <summary>RTP bytes by time.</summary>
    public RateBins Rate => _rate;

    /// <summary>Times in which every packet said that it was silent.</summary>
    public IReadOnlyList<(long StartUs, long EndUs)> Silences => _silences;

    /// <summary>Stretches of the file that were skipped.</summary>
    public long DamageCount { get; private set; }

    /// <summary>Jitter once a second of the source with most packets.</summary>
    public JitterFigures Jitter => _sources.Count == 0 ? new JitterFigures() : _sources.Values.MaxBy(source => source.Packets)!.Figures();

    /// <summary>Sources, most packets first.</summary>
    public IReadOnlyList<ReportLayer> Layers =>
    [
        .. _sources.OrderByDescending(pair => pair.Value.Packets).Take(20)
            .Select(pair => new ReportLayer { Ssrc = pair.Key, Rid = pair.Value.Rid, Packets = pair.Value.Packets, Bytes = pair.Value.Bytes }),
    ];

    /// <summary>Reads a track file from where it stands.</summary>
    public static TrackSurvey Read(Stream trackFile, CancellationToken cancellationToken)
    {
        var survey = new TrackSurvey();
        var reader = new TrackFileReader(trackFile);
        while (reader.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (reader.Kind == TrackItemKind.Section || (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Format))
            {
                survey.Use(reader.Format ?? new TrackFormat());
            }
            else if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Data)
            {
                survey.Take(reader.Payload.Span, reader.Header);
            }
            else if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Marker)
            {
                survey.TakeMarker(reader.Payload.Span, reader.Header.Epoch);
            }
        }

        survey.EndSilence();
        survey.DamageCount = reader.DamageCount;
        return survey;
    }

    private void Use(TrackFormat format)
    {
        _formats.Clear();
        foreach (PayloadFormat payload in format.PayloadTypes)
        {
            _formats[(int)payload.Pt] = payload;
        }

        _audioLevelId = (int?)format.HeaderExtensions.FirstOrDefault(extension => extension.Uri == AudioLevelUri)?.Id ?? -1;
        foreach (EncodingFormat encoding in format.Encodings)
        {
            if (encoding.Rid.Length > 0 && _sources.Count < MaxSources)
            {
                SourceOf(encoding.Ssrc).Rid = encoding.Rid;
            }
        }
    }

    private void TakeMarker(ReadOnlySpan<byte> payload, ulong epoch)
    {
        Marker marker;
        try
        {
            marker = Marker.Parser.ParseFrom(payload);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            // Of a later version: nothing that this pass knows.
            return;
        }

        if (marker.WhatCase == Marker.WhatOneofCase.Clock && marker.Clock.RoundTripUs <= _roundTrips.GetValueOrDefault(epoch, long.MaxValue))
        {
            _roundTrips[epoch] = marker.Clock.RoundTripUs;
            _offsets[epoch] = marker.Clock.OffsetUs;
        }
    }

    private void Take(ReadOnlySpan<byte> payload, in BlockHeader header)
    {
        long offset = _offsets.GetValueOrDefault(header.Epoch);
        DataPayloadReader entries = new(payload, header.BaseTimeUs);
        while (entries.Read())
        {
            if (entries.Packet.IsEmpty || Rtcp.IsRtcp(entries.Packet) || !RtpPacket.TryParse(entries.Packet, out RtpPacket packet, out _))
            {
                continue;
            }

            long timeUs = entries.TimeUs + offset;
            Packets++;
            Protection += IsProtection(packet) ? 1 : 0;
            _rate.Add(timeUs, entries.Packet.Length);
            if (_sources.Count < MaxSources || _sources.ContainsKey(packet.Ssrc))
            {
                int rate = _formats.TryGetValue(packet.PayloadType, out PayloadFormat? format) ? (int)format.ClockRate : 0;
                SourceOf(packet.Ssrc).Add(packet, rate, timeUs);
            }

            NoteLevel(packet, timeUs);
        }
    }

    // ULPFEC travels in RED (RFC 5109, 14.1), alone in its packet: the first byte is |0| block PT |.
    private bool IsProtection(in RtpPacket packet)
    {
        string codec = _formats.TryGetValue(packet.PayloadType, out PayloadFormat? format) ? format.Codec : "";
        if (codec == "red" && !packet.Payload.IsEmpty)
        {
            codec = _formats.TryGetValue(packet.Payload[0], out PayloadFormat? block) ? block.Codec : "";
        }

        return codec is "ulpfec" or "flexfec" or "flexfec-03";
    }

    // RFC 6464: |V| level |, level in -dBov; 127 is digital silence.
    private void NoteLevel(in RtpPacket packet, long timeUs)
    {
        if (_audioLevelId < 0)
        {
            return;
        }

        bool silent = packet.TryGetExtension(_audioLevelId, out ReadOnlySpan<byte> value) && value.Length > 0 && (value[0] & AudioLevelMask) == Silence;
        if (!silent || (_silentFromUs >= 0 && timeUs - _silentToUs > SilentGapUs))
        {
            EndSilence();
        }

        if (silent)
        {
            _silentFromUs = _silentFromUs < 0 ? timeUs : _silentFromUs;
            _silentToUs = Math.Max(_silentToUs, timeUs);
        }
    }

    private void EndSilence()
    {
        if (_silentFromUs >= 0 && _silentToUs - _silentFromUs >= ShortestSilenceUs && _silences.Count < MaxSilences)
        {
            _silences.Add((_silentFromUs, _silentToUs));
        }

        _silentFromUs = -1;
        _silentToUs = 0;
    }

    private Source SourceOf(uint ssrc)
    {
        if (!_sources.TryGetValue(ssrc, out Source? source))
        {
            _sources[ssrc] = source = new Source();
        }

        return source;
    }

    private sealed class Source
    {
        private readonly StreamStatistics _statistics = new(0);
        private readonly List<double> _samples = [];
        private long _sampledUs;

        public string Rid { get; set; } = "";

        public long Packets { get; private set; }

        public long Bytes { get; private set; }

        public void Add(in RtpPacket packet, int clockRate, long timeUs)
        {
            Packets++;
            Bytes += packet.Data.Length;
            if (packet.Payload.IsEmpty)
            {
                // Probes for bandwidth repeat old timestamps: they say nothing about the network's evenness.
                return;
            }

            _statistics.ChangeClockRate(clockRate);
            _statistics.Add(packet.SequenceNumber, packet.Timestamp, timeUs);
            _sampledUs = _sampledUs == 0 ? timeUs : _sampledUs;
            if (timeUs - _sampledUs >= SampleUs)
            {
                _sampledUs = timeUs;
                _samples.Add(_statistics.JitterMs);
            }
        }

        public JitterFigures Figures()
        {
            if (_samples.Count == 0)
            {
                return new JitterFigures();
            }

            double[] sorted = [.. _samples.Order()];
            return new JitterFigures
            {
                MeanMs = Math.Round(sorted.Average(), 2),
                P95Ms = Math.Round(sorted[(int)(0.95 * (sorted.Length - 1))], 2),
                MaxMs = Math.Round(_statistics.MaxJitterMs, 2),
            };
        }
    }
}

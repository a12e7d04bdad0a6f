using Recording.Media.Clocks;
using Recording.Media.Depacketizers;
using Recording.Media.Opus;
using Recording.Media.Playback;
using Recording.Media.TrackFiles.Wire;

namespace Recording.PostProcessing.Report;

/// <summary>
/// One pass over a track as it is played: packets in order and once, on the recording's clock. Tells loss from silence, silence from mute, and finds
/// where pictures stood still. Never throws on what it reads.
/// </summary>
internal sealed class TrackAnalysis : IMediaFrameSink
{
    private const long ShortestAudioGapUs = 60_000;
    private const long ShortestVideoGapUs = 500_000;

    // RFC 7587 3.1.3: at least one packet in 400 ms while the encoder hears nothing; the network may hold it up a little.
    private const long LongestDtxUs = 1_050_000;
    private const long ShortestStallUs = 300_000;
    private const long DefaultAudioUs = 20_000;

    private readonly TrackPlayback _playback;
    private readonly TrackClock _clock;
    private readonly TrackStates _states;
    private readonly long _originUs;
    private readonly bool _isAudio;
    private readonly Dictionary<(uint Ssrc, string Codec), IDepacketizer?> _depacketizers = [];
    private readonly Dictionary<uint, SourceState> _sources = [];
    private readonly PictureWatch _pictures;
    private string? _cause;
    private long _frameDurationUs;

    private TrackAnalysis(Stream trackFile, TrackClock clock, TrackStates states, long originUs, bool isAudio)
    {
        _playback = new TrackPlayback(trackFile);
        _clock = clock;
        _states = states;
        _originUs = originUs;
        _isAudio = isAudio;
        _pictures = new PictureWatch(states);
    }

    /// <summary>Codec of the first media packet, lower case; empty = there is none.</summary>
    public string Codec { get; private set; } = "";

    /// <summary>First packet, µs since the origin; null = there is none.</summary>
    public long? FirstUs { get; private set; }

    /// <summary>Last packet, µs since the origin.</summary>
    public long LastUs { get; private set; }

    /// <summary>Packets that never came to the SFU.</summary>
    public long Lost { get; private set; }

    /// <summary>Packets missed between SFU and recorder.</summary>
    public long Missed { get; private set; }

    /// <summary>Packets of codecs that are recorded raw only.</summary>
    public long RawOnly { get; private set; }

    /// <summary>Packets of another codec than most.</summary>
    public long OtherCodec { get; private set; }

    /// <summary>Packets whose payload their codec does not allow.</summary>
    public long Undecodable => _depacketizers.Values.Sum(depacketizer => depacketizer?.MalformedPackets ?? 0);

    /// <summary>Opus packets that hold the speech of the one before them.</summary>
    public long InbandFec { get; private set; }

    /// <summary>Lost packets whose speech the next one holds.</summary>
    public long FecUnused { get; private set; }

    /// <summary>Bursts of loss.</summary>
    public LossBursts Bursts { get; } = new();

    /// <summary>Gaps.</summary>
    public GapList Gaps { get; } = new();

    /// <summary>What playback counted.</summary>
    public PlaybackCounters Counters => _playback.Counters;

    /// <summary>Pictures; null = audio.</summary>
    public PictureFigures? Pictures => _isAudio ? null : _pictures.Figures(_depacketizers.Values.Sum(depacketizer => depacketizer?.DroppedFrames ?? 0));

    /// <summary>Reads a track file from where it stands.</summary>
    /// <param name="trackFile">The track.</param>
    /// <param name="clock">Its clock, estimated over all tracks of the participant.</param>
    /// <param name="states">What the timeline says.</param>
    /// <param name="originUs">t = 0, µs since 1970.</param>
    /// <param name="isAudio">Sound, or else pictures.</param>
    /// <param name="cancellationToken">Ends the work between two packets.</param>
    public static TrackAnalysis Read(Stream trackFile, TrackClock clock, TrackStates states, long originUs, bool isAudio, CancellationToken cancellationToken)
    {
        var analysis = new TrackAnalysis(trackFile, clock, states, originUs, isAudio);
        while (analysis._playback.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (analysis._playback.Item == PlaybackItem.Packet)
            {
                analysis.Take();
            }
            else if (analysis._playback.Item == PlaybackItem.Marker)
            {
                analysis.Take(analysis._playback.Marker!);
            }
        }

        foreach (IDepacketizer? depacketizer in analysis._depacketizers.Values)
        {
            depacketizer?.Flush(analysis);
        }

        analysis._pictures.End(analysis.LastUs);

        return analysis;
    }

    void IMediaFrameSink.Add(in MediaFrame frame)
    {
        if (_isAudio)
        {
            _frameDurationUs = frame.Duration > 0 ? frame.Duration * 1_000_000L / Math.Max(1, _playback.PacketFormat.ClockRate) : DefaultAudioUs;
        }
        else if (frame.IsVisible)
        {
            _pictures.Add(frame, _clock.ToRecordingUs(frame.ClockSegment, frame.Timestamp) - _originUs);
        }
    }

    private void Take(Marker marker)
    {
        _cause = marker.WhatCase switch
        {
            Marker.WhatOneofCase.Gap => GapKinds.Link,
            Marker.WhatOneofCase.Pause => marker.Pause.By == "producer" ? GapKinds.Muted : GapKinds.Paused,
            _ => _cause,
        };
        if (_cause is not null)
        {
            _pictures.Expect(_cause);
        }
    }

    private void Take()
    {
        MediaPacket packet = _playback.Packet;
        long timeUs = _clock.ToRecordingUs(packet.ClockSegment, packet.Timestamp) - _originUs;
        if (Codec.Length == 0)
        {
            Codec = _playback.PacketFormat.Codec;
        }

        if (!_sources.TryGetValue(packet.Ssrc, out SourceState? source))
        {
            _sources[packet.Ssrc] = source = new SourceState();
        }

        long endUs = _isAudio ? LastUs + _frameDurationUs : LastUs;
        NoteFec(packet);
        if (packet.LostBefore > 0)
        {
            NoteLoss(packet, source.HasPacket ? source.EndUs : timeUs, timeUs);
        }

        if (FirstUs is null)
        {
            FirstUs = timeUs;
            _pictures.Begin(timeUs);
        }
        else
        {
            NoteGap(packet, timeUs, endUs);
            NoteStall(packet, source, timeUs);
        }

        LastUs = FirstUs == timeUs ? timeUs : Math.Max(LastUs, timeUs);
        Depacketize(packet);
        source.Take(packet, timeUs, _isAudio ? _frameDurationUs : 0, _playback.IsOnTime, _playback.Epoch);
        _cause = null;
    }

    // A marker says why numbers are missing: what was not kept on purpose, or not by us, was not lost on its way to the SFU.
    private void NoteLoss(in MediaPacket packet, long fromUs, long timeUs)
    {
        if (_cause == GapKinds.Link)
        {
            Missed += packet.LostBefore;
        }
        else if (_cause is null)
        {
            Lost += packet.LostBefore;
            Bursts.Add(fromUs / 1000, Math.Max(0, timeUs - fromUs) / 1000, packet.LostBefore);
            _pictures.Expect(GapKinds.Loss);
        }
    }

    // It holds the packet right before it alone: one of each burst.
    private void NoteFec(in MediaPacket packet)
    {
        if (_playback.PacketFormat.Codec == "opus" && OpusPacket.HasInbandFec(packet.Payload))
        {
            InbandFec++;
            FecUnused += packet.LostBefore > 0 && _cause is null ? 1 : 0;
        }
    }

    private void Depacketize(in MediaPacket packet)
    {
        (uint Ssrc, string Codec) key = (packet.Ssrc, _playback.PacketFormat.Codec);
        if (!_depacketizers.TryGetValue(key, out IDepacketizer? depacketizer))
        {
            _depacketizers[key] = depacketizer = DepacketizerFactory.TryCreate(_playback.PacketFormat, out IDepacketizer? made) ? made : null;
        }

        if (depacketizer is not null)
        {
            OtherCodec += depacketizer.Codec == _clock.Codec ? 0 : 1;
            depacketizer.Add(packet, this);
            return;
        }

        RawOnly++;
        if (_isAudio)
        {
            _frameDurationUs = DefaultAudioUs;
        }
    }

    private void NoteGap(in MediaPacket packet, long timeUs, long endUs)
    {
        long lengthUs = timeUs - endUs;
        if (lengthUs < (_isAudio ? ShortestAudioGapUs : ShortestVideoGapUs))
        {
            return;
        }

        string kind = _cause ?? (packet.LostBefore > 0 ? GapKinds.Loss
            : EventSpans.Cover(_states.Muted, endUs, timeUs) ? GapKinds.Muted
            : EventSpans.Cover(_states.Paused, endUs, timeUs) ? GapKinds.Paused
            : EventSpans.Cover(_states.Cut, endUs, timeUs) ? GapKinds.Link
            : _isAudio && Codec is "opus" or "red" && lengthUs <= LongestDtxUs ? GapKinds.Dtx
            : GapKinds.Stopped);
        Gaps.Add(endUs / 1000, lengthUs / 1000, kind, packet.LostBefore);
    }

    // Media time went on without a break while nothing arrived: the network held the packets up.
    private void NoteStall(in MediaPacket packet, SourceState source, long timeUs)
    {
        if (!_playback.IsOnTime || !source.HasPacket || source.Epoch != _playback.Epoch)
        {
            return;
        }

        long heldUs = packet.ArrivalUs - source.OnTimeArrivalUs - Math.Max(0, timeUs - source.OnTimeUs);
        if (heldUs >= ShortestStallUs)
        {
            Gaps.Add(source.OnTimeUs / 1000, heldUs / 1000, GapKinds.Stalled);
        }
    }

    private sealed class SourceState
    {
        public bool HasPacket { get; private set; }

        public long EndUs { get; private set; }

        public long OnTimeUs { get; private set; }

        public long OnTimeArrivalUs { get; private set; }

        public ulong Epoch { get; private set; }

        public void Take(in MediaPacket packet, long timeUs, long durationUs, bool onTime, ulong epoch)
        {
            EndUs = timeUs + durationUs;
            if (onTime || !HasPacket || epoch != Epoch)
            {
                OnTimeUs = timeUs;
                OnTimeArrivalUs = packet.ArrivalUs;
            }

            HasPacket = true;
            Epoch = epoch;
        }
    }
}

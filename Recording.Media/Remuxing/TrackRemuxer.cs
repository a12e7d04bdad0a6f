using System.Globalization;
using Recording.Media.Clocks;
using Recording.Media.Depacketizers;
using Recording.Media.Matroska;
using Recording.Media.Ogg;
using Recording.Media.Playback;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;

namespace Recording.Media.Remuxing;

/// <summary>Turns a track file into Matroska, WebM or Ogg without touching what is coded: frames keep their own times (VFR), gaps stay gaps, memory stays bounded.</summary>
public sealed class TrackRemuxer : IMediaFrameSink
{
    private const int MaxGaps = 10_000;
    private const long LossGapUs = 60_000;
    private const long FreezeUs = 200_000;
    private const long AnyGapUs = 1_000_000;
    private const long MaxReorderUs = 2_000_000;
    private const long MinStepUs = 1_000;
    private const int OggRate = 48_000;
    private static readonly DateTimeOffset UnixEpoch = DateTimeOffset.UnixEpoch;

    private readonly Stream _output;
    private readonly RemuxOptions _options;
    private readonly TrackPlayback _playback;
    private readonly TrackClock _clock;
    private readonly LayerSelector _layers;
    private readonly Dictionary<uint, IDepacketizer> _depacketizers = [];
    private readonly List<long> _keyframes = [];
    private readonly List<PictureSize> _sizes = [];
    private readonly List<PictureOrientation> _orientations = [];
    private readonly List<MediaGap> _gaps = [];
    private readonly OrientationTracker _orientation = new();
    private MatroskaWriter? _matroska;
    private OggOpusWriter? _ogg;
    private int _oggDiscard;
    private IDepacketizer? _active;
    private uint _activeSsrc;
    private PayloadFormat? _takenFormat;
    private PayloadFormat? _activeFormat;
    private readonly string _codec;
    private bool _isAudio;
    private bool _pausedSinceFrame;
    private bool _lossSinceFrame;
    private long _originUs;
    private long? _firstPacketUs;
    private long _highestTimestamp;
    private int _lastSegment;
    private uint _lastSsrc;
    private long _firstUs;
    private long _lastUs;
    private long _endUs;
    private long _frames;
    private long _keyframeCount;
    private long _overlapping;
    private long _skipped;

    private TrackRemuxer(Stream trackFile, Stream output, RemuxOptions options)
    {
        _output = output;
        _options = options;
        _clock = options.Clock ?? EstimateAlone(trackFile);
        _codec = _clock.Codec;
        _playback = new TrackPlayback(trackFile, options.Playback);
        _layers = new LayerSelector(_playback, options.Ssrc);
    }

    /// <summary>Remuxes a whole track file.</summary>
    /// <param name="trackFile">Read from where it stands; seekable unless the options name a clock.</param>
    /// <param name="output">Takes the file; made seekable for readers where it can seek itself. Stays empty when no frame can be decoded.</param>
    /// <param name="options">Null = defaults.</param>
    /// <param name="cancellationToken">Ends the work between two packets.</param>
    /// <exception cref="RecordingException">3002: the container does not take the codec. 2004: a gap is too long for Ogg.</exception>
    public static RemuxResult Remux(Stream trackFile, Stream output, RemuxOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(trackFile);
        ArgumentNullException.ThrowIfNull(output);
        return new TrackRemuxer(trackFile, output, options ?? new RemuxOptions()).Run(cancellationToken);
    }

    void IMediaFrameSink.Add(in MediaFrame frame)
    {
        long timeUs = _clock.ToRecordingUs(frame.ClockSegment, frame.Timestamp) + _options.ClockOffsetUs;
        if (_isAudio ? _options.Ssrc is uint ssrc && frame.Ssrc != ssrc : !_layers.Takes(frame, timeUs))
        {
            return;
        }

        long durationUs = _isAudio ? frame.Duration * 1_000_000L / _activeFormat!.ClockRate : 0;
        _lossSinceFrame |= frame.FollowsLoss;
        if (_frames == 0)
        {
            _originUs = _options.OriginUs ?? timeUs;
        }

        if (timeUs >= _options.EndUs)
        {
            return;
        }

        if (!TryPlace(frame, ref timeUs, durationUs) || !TryWrite(frame, timeUs, durationUs))
        {
            _overlapping++;
            return;
        }

        _firstUs = _frames == 0 ? timeUs : _firstUs;
        _lastUs = Math.Max(_lastUs, timeUs);
        _endUs = Math.Max(_endUs, Math.Min(timeUs + durationUs, _options.EndUs ?? long.MaxValue));
        bool isSameSource = frame.Ssrc == _lastSsrc && frame.ClockSegment == _lastSegment;
        _highestTimestamp = isSameSource ? Math.Max(_highestTimestamp, frame.Timestamp) : frame.Timestamp;
        (_lastSegment, _lastSsrc) = (frame.ClockSegment, frame.Ssrc);
        _frames++;
        _lossSinceFrame = false;
        _pausedSinceFrame = false;
    }

    private RemuxResult Run(CancellationToken cancellationToken)
    {
        while (_playback.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_playback.Item == PlaybackItem.Packet)
            {
                Take();
            }
            else if (_playback.Item == PlaybackItem.Marker && _playback.Marker!.WhatCase == Marker.WhatOneofCase.Pause)
            {
                _pausedSinceFrame = true;
            }
        }

        foreach (IDepacketizer depacketizer in _depacketizers.Values)
        {
            _active = depacketizer;
            depacketizer.Flush(this);
        }

        _matroska?.Complete();
        _ogg?.Complete(_oggDiscard);
        return new RemuxResult
        {
            Codec = _codec,
            Frames = _frames,
            Keyframes = _keyframeCount,
            KeyframeTimesUs = _keyframes,
            OriginUs = _originUs,
            FirstPacketUs = _firstPacketUs ?? 0,
            FirstFrameUs = _firstUs,
            LastFrameUs = _lastUs,
            EndUs = _endUs,
            FilledUs = (_ogg?.SilentSamples ?? 0) * 1_000_000 / OggRate,
            Sizes = _sizes,
            Orientations = _orientations,
            Gaps = _gaps,
            DroppedFrames = _depacketizers.Values.Sum(depacketizer => depacketizer.DroppedFrames),
            MalformedPackets = _depacketizers.Values.Sum(depacketizer => depacketizer.MalformedPackets),
            OverlappingFrames = _overlapping,
            SkippedPackets = _skipped,
            ResidualMs = _clock.ResidualMs,
            SkewPpm = _clock.SkewPpm,
            UsesSenderReports = _clock.UsesSenderReports,
            FellBackToArrival = _clock.FellBackToArrival,
            Counters = _playback.Counters,
            DamageCount = _playback.DamageCount,
        };
    }

    private TrackClock EstimateAlone(Stream trackFile)
    {
        if (!trackFile.CanSeek)
        {
            throw new ArgumentException("Without a clock in the options the track file is read twice: the stream must be seekable.", nameof(trackFile));
        }

        long start = trackFile.Position;
        ParticipantClockEstimator estimator = new();
        estimator.AddTrack("", trackFile, _options.Playback);
        trackFile.Position = start;
        return estimator.Estimate()[""];
    }

    private void Take()
    {
        MediaPacket packet = _playback.Packet;
        IDepacketizer? depacketizer = _active;
        if (depacketizer is null || packet.Ssrc != _activeSsrc || !ReferenceEquals(_playback.PacketFormat, _takenFormat))
        {
            if (!TryGetDepacketizer(packet.Ssrc, out depacketizer))
            {
                _skipped++;
                return;
            }

            (_active, _activeSsrc, _takenFormat) = (depacketizer, packet.Ssrc, _playback.PacketFormat);
        }

        _firstPacketUs ??= _clock.ToRecordingUs(packet.ClockSegment, packet.Timestamp) + _options.ClockOffsetUs;
        _orientation.Add(packet);
        depacketizer!.Add(packet, this);
    }

    private bool TryGetDepacketizer(uint ssrc, out IDepacketizer? depacketizer)
    {
        PayloadFormat format = _playback.PacketFormat;
        if (format.Codec != _codec)
        {
            depacketizer = null;
            return false;
        }

        if (_depacketizers.TryGetValue(ssrc, out depacketizer))
        {
            return true;
        }

        if (!DepacketizerFactory.TryCreate(format, out depacketizer))
        {
            return false;
        }

        _activeFormat ??= format;
        _isAudio = MatroskaTrack.IsAudioCodec(format.Codec);
        _depacketizers.Add(ssrc, depacketizer);
        return true;
    }

    private bool TryWrite(in MediaFrame frame, long timeUs, long durationUs)
    {
        if (_frames == 0 && !_options.Container.Takes(_codec))
        {
            throw new RecordingException(
                RecordingErrorCode.UnsupportedCodec, $"its codec is {_codec}, and {_options.Container.Name()} takes {string.Join(", ", _options.Container.Codecs())} only");
        }

        long discardUs = _options.EndUs is long end && timeUs + durationUs > end && _isAudio ? timeUs + durationUs - end : 0;
        if (_options.Container == RemuxContainer.Ogg)
        {
            return TryWriteOgg(frame, timeUs, discardUs);
        }

        NoteFrame(frame, timeUs);
        _matroska ??= Open(frame);
        _matroska.WriteFrame(0, timeUs - _originUs, frame.IsKeyframe, frame.Data, frame.IsVisible, durationUs, discardUs);
        return true;
    }

    private bool TryWriteOgg(in MediaFrame frame, long timeUs, long discardUs)
    {
        TimeSpan gap = TimeSpan.FromMicroseconds(timeUs - (_frames > 0 ? _endUs : _originUs));
        if (gap > _options.MaxFilledGap)
        {
            throw new RecordingException(
                RecordingErrorCode.WrongState, string.Create(CultureInfo.InvariantCulture, $"nothing is heard for {gap.TotalSeconds:0} s; ogg, which keeps no times, would be filled with silence, at most {_options.MaxFilledGap.TotalSeconds:0} s at once: webm keeps gaps of any length"));
        }

        _ogg ??= new OggOpusWriter(_output, _active!.CodecPrivate, _options.Name);
        if (!_ogg.WritePacket(timeUs - _originUs, frame.Data, frame.Duration))
        {
            return false;
        }

        NoteFrame(frame, timeUs);
        _oggDiscard = (int)(discardUs * OggRate / 1_000_000);
        return true;
    }

    private MatroskaWriter Open(in MediaFrame frame)
    {
        MatroskaTrack track = new()
        {
            Codec = _codec,
            CodecPrivate = _active!.CodecPrivate.ToArray(),
            Width = frame.Width,
            Height = frame.Height,
            Clockwise = _orientations.Count > 0 ? _orientations[0].Orientation.Clockwise : 0,
            SampleRate = _isAudio ? (int)_activeFormat!.ClockRate : 0,
            Channels = _isAudio ? (int)Math.Max(1, _activeFormat!.Channels) : 0,
            Name = _options.Name,
        };
        return new MatroskaWriter(_output, [track], new MatroskaOptions { Date = UnixEpoch.AddMicroseconds(_originUs) });
    }

    // Time never goes back. Sound that would start well before the end of the packet before is left out: pushing it back would shift all that follows.
    // Pictures that are coded in another order than they are shown keep their times.
    private bool TryPlace(in MediaFrame frame, ref long timeUs, long durationUs)
    {
        if (_isAudio)
        {
            if (timeUs + durationUs <= _originUs || (_frames > 0 && timeUs < _endUs - (durationUs / 2)))
            {
                return false;
            }
        }

        timeUs = Math.Max(timeUs, _originUs);
        bool isReordered = !_isAudio && frame.Ssrc == _lastSsrc && frame.ClockSegment == _lastSegment
            && frame.Timestamp < _highestTimestamp && timeUs > _lastUs - MaxReorderUs;
        if (_frames > 0 && !isReordered)
        {
            timeUs = Math.Max(timeUs, _lastUs + MinStepUs);
        }

        return true;
    }

    private void NoteGap(long timeUs)
    {
        long length = timeUs - _endUs;
        if (_gaps.Count < MaxGaps && (length >= AnyGapUs || (_lossSinceFrame && length >= (_isAudio ? LossGapUs : FreezeUs))))
        {
            GapKind kind = _pausedSinceFrame ? GapKind.Pause : _lossSinceFrame ? GapKind.Loss : GapKind.Silence;
            _gaps.Add(new MediaGap(_endUs, timeUs, kind));
        }
    }

    private void NoteFrame(in MediaFrame frame, long timeUs)
    {
        if (_frames > 0)
        {
            NoteGap(timeUs);
        }

        _keyframeCount += frame.IsKeyframe ? 1 : 0;
        if (_isAudio)
        {
            return;
        }

        if (frame.IsKeyframe)
        {
            _keyframes.Add(timeUs);
        }

        if (_orientation.Of(frame) is VideoOrientation orientation && (_orientations.Count == 0 || _orientations[^1].Orientation != orientation))
        {
            _orientations.Add(new PictureOrientation(timeUs, orientation));
        }

        if (_sizes.Count == 0 || _sizes[^1].Width != frame.Width || _sizes[^1].Height != frame.Height)
        {
            _sizes.Add(new PictureSize(timeUs, frame.Width, frame.Height));
        }
    }
}

namespace Recording.Media.Matroska;

/// <summary>
/// Writes Matroska or WebM (RFC 9559) in one pass: frames with their own times, nothing padded and nothing squeezed. Where the stream can seek, segment
/// size, duration, SeekHead and Cues are filled in at the end; otherwise the file is a live one of unknown length, which every reader takes too.
/// Times are rounded to 1 ms, the scale that WebM asks for. Not thread-safe; does not own the stream.
/// </summary>
public sealed class MatroskaWriter
{
    private const ulong TimestampScaleNs = 1_000_000;
    private const int BlockHeaderLength = 4;
    private const int MaxBlockOffsetMs = short.MaxValue;
    private const byte KeyframeFlag = 0x80;
    private const byte InvisibleFlag = 0x08;
    private static readonly DateTimeOffset MatroskaEpoch = new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Stream _output;
    private readonly MatroskaTrack[] _tracks;
    private readonly MatroskaOptions _options;
    private readonly bool _patches;
    private readonly bool _hasVideo;
    private readonly long _clusterLengthMs;
    private readonly EbmlBuffer _cluster = new();
    private readonly EbmlBuffer _scratch = new();
    private readonly EbmlBuffer _inner = new();
    private readonly EbmlBuffer _cues = new();
    private readonly byte[] _blockHeader = new byte[BlockHeaderLength];

    private long _start;
    private long _segmentSizeAt;
    private long _segmentDataAt;
    private long _seekHeadAt;
    private long _infoAt;
    private long _durationAt;
    private long _tracksAt;
    private long _written;
    private long _clusterMs = -1;
    private long _endMs;
    private bool _isComplete;

    /// <param name="output">Takes the file; seeking makes it seekable for readers.</param>
    /// <param name="tracks">At least one; their order gives the track indexes of <see cref="WriteFrame"/>.</param>
    /// <param name="options">Null = defaults.</param>
    public MatroskaWriter(Stream output, IReadOnlyList<MatroskaTrack> tracks, MatroskaOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(tracks);
        ArgumentOutOfRangeException.ThrowIfZero(tracks.Count, nameof(tracks));
        _output = output;
        _tracks = [.. tracks];
        _options = options ?? new MatroskaOptions();
        _clusterLengthMs = (long)_options.ClusterDuration.TotalMilliseconds;
        _patches = output.CanSeek && !_options.Live;
        _hasVideo = _tracks.Any(track => !track.IsAudio);
        WriteHeader();
    }

    /// <summary>Bytes written so far, with those of the open cluster.</summary>
    public long Length => _written + _cluster.Length;

    /// <summary>Adds one frame.</summary>
    /// <param name="track">Index of the track.</param>
    /// <param name="timeUs">Time in µs, not negative; within a track it should not go back.</param>
    /// <param name="isKeyframe">Decoding can start here (true for audio).</param>
    /// <param name="data">The coded frame.</param>
    /// <param name="isVisible">False for a picture that is decoded and never shown.</param>
    /// <param name="durationUs">Playing time in µs when known; only the file's duration uses it.</param>
    /// <param name="discardUs">Playing time at the frame's end that a player leaves out, µs; for audio.</param>
    public void WriteFrame(int track, long timeUs, bool isKeyframe, ReadOnlySpan<byte> data, bool isVisible = true, long durationUs = 0, long discardUs = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(timeUs);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)track, (uint)_tracks.Length, nameof(track));
        ObjectDisposedException.ThrowIf(_isComplete, this);
        long timeMs = ToMs(timeUs);
        bool isVideoKeyframe = isKeyframe && !_tracks[track].IsAudio;
        if (NeedsNewCluster(timeMs, isVideoKeyframe))
        {
            FlushCluster();
            _clusterMs = timeMs;
            _cluster.Unsigned(MatroskaId.Timestamp, (ulong)timeMs);
        }

        if (_patches && (isVideoKeyframe || (!_hasVideo && _cluster.Length < 16)))
        {
            AddCue(track, timeMs);
        }

        // Block (RFC 9559, 10.1): track number, 16-bit offset to the cluster's time, flags, frame.
        int offset = (int)(timeMs - _clusterMs);
        _blockHeader[0] = (byte)(0x80 | (track + 1));
        _blockHeader[1] = (byte)(offset >> 8);
        _blockHeader[2] = (byte)offset;
        _blockHeader[3] = (byte)((isKeyframe ? KeyframeFlag : 0) | (isVisible ? 0 : InvisibleFlag));
        WriteBlock(data, discardUs);
        _endMs = Math.Max(_endMs, ToMs(timeUs + durationUs - discardUs));
    }

    private void WriteBlock(ReadOnlySpan<byte> data, long discardUs)
    {
        EbmlBuffer target = _cluster;
        if (discardUs > 0)
        {
            // Only a block in a group can say how much of it is not to be played; in a group the key frame flag is of no account.
            target = _inner;
            target.Clear();
            _blockHeader[3] = 0;
        }

        target.Id(discardUs > 0 ? MatroskaId.Block : MatroskaId.SimpleBlock);
        target.Size(BlockHeaderLength + data.Length);
        target.Bytes(_blockHeader);
        target.Bytes(data);
        if (discardUs > 0)
        {
            target.Signed(MatroskaId.DiscardPadding, discardUs * 1000);
            _cluster.Master(MatroskaId.BlockGroup, target);
        }
    }

    /// <summary>Writes what is open, then what stands at the front where the stream can seek. Further calls do nothing.</summary>
    /// <param name="durationUs">Duration of the file in µs, or null: the end of the last frame.</param>
    public void Complete(long? durationUs = null)
    {
        if (_isComplete)
        {
            return;
        }

        FlushCluster();
        _isComplete = true;
        if (_patches)
        {
            long cuesAt = _written;
            if (_cues.Length > 0)
            {
                _scratch.Clear();
                _scratch.Master(MatroskaId.Cues, _cues);
                Emit(_scratch);
            }

            Patch(_segmentSizeAt, buffer => buffer.LongSize(_written - _segmentDataAt));
            Patch(_seekHeadAt, buffer => WriteSeekHead(buffer, _cues.Length > 0 ? cuesAt : null));
            Patch(_durationAt, buffer => buffer.Float(MatroskaId.Duration, durationUs is long us ? us / 1000.0 : _endMs));
            _output.Position = _start + _written;
        }

        _output.Flush();
    }

    private static long ToMs(long us) => (us + 500) / 1000;

    private bool NeedsNewCluster(long timeMs, bool isVideoKeyframe)
    {
        if (_clusterMs < 0)
        {
            return true;
        }

        long offset = timeMs - _clusterMs;
        return offset is > MaxBlockOffsetMs or < short.MinValue
            || offset >= _clusterLengthMs
            || _cluster.Length >= _options.ClusterBytes
            || isVideoKeyframe;
    }

    private void WriteHeader()
    {
        _start = _patches ? _output.Position : 0;
        bool isWebm = _tracks.All(track => track.IsWebm);
        _inner.Clear();
        _inner.Unsigned(MatroskaId.EbmlVersion, 1);
        _inner.Unsigned(MatroskaId.EbmlReadVersion, 1);
        _inner.Unsigned(MatroskaId.EbmlMaxIdLength, 4);
        _inner.Unsigned(MatroskaId.EbmlMaxSizeLength, 8);
        _inner.Text(MatroskaId.DocType, isWebm ? "webm" : "matroska");
        _inner.Unsigned(MatroskaId.DocTypeVersion, 4);
        _inner.Unsigned(MatroskaId.DocTypeReadVersion, 2);
        _scratch.Clear();
        _scratch.Master(MatroskaId.Ebml, _inner);
        _scratch.Id(MatroskaId.Segment);
        _segmentSizeAt = _scratch.Length;
        _scratch.UnknownSize();
        Emit(_scratch);
        _segmentDataAt = _written;

        if (_patches)
        {
            _seekHeadAt = _written;
            _scratch.Clear();
            _scratch.Void(SeekHeadLength());
            Emit(_scratch);
        }

        WriteInfo();
        WriteTracks();
    }

    private void WriteInfo()
    {
        _infoAt = _written;
        _inner.Clear();
        if (_patches)
        {
            _inner.Float(MatroskaId.Duration, 0);
        }

        _inner.Unsigned(MatroskaId.TimestampScale, TimestampScaleNs);
        if (_options.Date is DateTimeOffset date)
        {
            _inner.Signed(MatroskaId.DateUtc, (date - MatroskaEpoch).Ticks * 100);
        }

        if (_options.Title.Length > 0)
        {
            _inner.Text(MatroskaId.Title, _options.Title);
        }

        _inner.Text(MatroskaId.MuxingApp, "Brollyhub Recording");
        _inner.Text(MatroskaId.WritingApp, "Brollyhub Recording");
        _scratch.Clear();
        _scratch.Id(MatroskaId.Info);
        _scratch.Size(_inner.Length);
        int durationOffset = _scratch.Length;
        _scratch.Bytes(_inner.Data);
        _durationAt = _written + durationOffset;
        Emit(_scratch);
    }

    private void WriteTracks()
    {
        _tracksAt = _written;
        EbmlBuffer all = new();
        for (int i = 0; i < _tracks.Length; i++)
        {
            all.Master(MatroskaId.TrackEntry, Entry(_tracks[i], i + 1));
        }

        _scratch.Clear();
        _scratch.Master(MatroskaId.Tracks, all);
        Emit(_scratch);
    }

    private static EbmlBuffer Entry(MatroskaTrack track, int number)
    {
        EbmlBuffer entry = new();
        entry.Unsigned(MatroskaId.TrackNumber, (ulong)number);
        entry.Unsigned(MatroskaId.TrackUid, (ulong)number);
        entry.Unsigned(MatroskaId.TrackType, track.IsAudio ? 2u : 1u);
        entry.Unsigned(MatroskaId.FlagLacing, 0);
        entry.Text(MatroskaId.Language, "und");
        if (track.Name.Length > 0)
        {
            entry.Text(MatroskaId.Name, track.Name);
        }

        entry.Text(MatroskaId.CodecId, track.CodecId);
        if (!track.CodecPrivate.IsEmpty)
        {
            entry.Binary(MatroskaId.CodecPrivate, track.CodecPrivate.Span);
        }

        EbmlBuffer detail = new();
        if (track.IsAudio)
        {
            if (track.Codec == "opus")
            {
                entry.Unsigned(MatroskaId.CodecDelay, 0);

                // Asked for by the Opus mapping: 80 ms are decoded before a seek target.
                entry.Unsigned(MatroskaId.SeekPreRoll, 80_000_000);
            }

            detail.Float(MatroskaId.SamplingFrequency, track.SampleRate);
            detail.Unsigned(MatroskaId.Channels, (ulong)Math.Max(1, track.Channels));
            entry.Master(MatroskaId.Audio, detail);
        }
        else
        {
            detail.Unsigned(MatroskaId.PixelWidth, (ulong)Math.Max(1, track.Width));
            detail.Unsigned(MatroskaId.PixelHeight, (ulong)Math.Max(1, track.Height));
            if (track.Clockwise != 0)
            {
                detail.Master(MatroskaId.Projection, Projection(track.Clockwise));
            }

            entry.Master(MatroskaId.Video, detail);
        }

        return entry;
    }

    // RFC 9559, 5.1.4.1.28.45: a roll turns counter-clockwise, in degrees from -180 to 180.
    private static EbmlBuffer Projection(int clockwise)
    {
        EbmlBuffer projection = new();
        projection.Unsigned(MatroskaId.ProjectionType, 0);
        projection.Float(MatroskaId.ProjectionPoseYaw, 0);
        projection.Float(MatroskaId.ProjectionPosePitch, 0);
        projection.Float(MatroskaId.ProjectionPoseRoll, clockwise > 180 ? 360 - clockwise : -clockwise);
        return projection;
    }

    private void AddCue(int track, long timeMs)
    {
        _inner.Clear();
        _inner.Unsigned(MatroskaId.CueTrack, (ulong)(track + 1));
        _inner.Unsigned(MatroskaId.CueClusterPosition, (ulong)(_written - _segmentDataAt));
        _scratch.Clear();
        _scratch.Unsigned(MatroskaId.CueTime, (ulong)timeMs);
        _scratch.Master(MatroskaId.CueTrackPositions, _inner);
        _cues.Master(MatroskaId.CuePoint, _scratch);
    }

    private void FlushCluster()
    {
        if (_cluster.Length == 0)
        {
            return;
        }

        _scratch.Clear();
        _scratch.Id(MatroskaId.Cluster);
        _scratch.Size(_cluster.Length);
        Emit(_scratch);
        Emit(_cluster);
        _cluster.Clear();
    }

    private int SeekHeadLength()
    {
        EbmlBuffer buffer = new();
        WriteSeekHead(buffer, 0);
        return buffer.Length;
    }

    private void WriteSeekHead(EbmlBuffer output, long? cuesAt)
    {
        EbmlBuffer seeks = new();
        AddSeek(seeks, MatroskaId.Info, _infoAt);
        AddSeek(seeks, MatroskaId.Tracks, _tracksAt);
        if (cuesAt is long cues)
        {
            AddSeek(seeks, MatroskaId.Cues, cues);
        }

        int before = output.Length;
        output.Master(MatroskaId.SeekHead, seeks);
        if (cuesAt is null)
        {
            output.Void(SeekHeadLength() - (output.Length - before));
        }
    }

    private void AddSeek(EbmlBuffer seeks, uint id, long at)
    {
        EbmlBuffer idBytes = new();
        idBytes.Id(id);
        EbmlBuffer seek = new();
        seek.Binary(MatroskaId.SeekId, idBytes.Data);
        seek.LongUnsigned(MatroskaId.SeekPosition, (ulong)(at - _segmentDataAt));
        seeks.Master(MatroskaId.Seek, seek);
    }

    private void Emit(EbmlBuffer buffer)
    {
        _output.Write(buffer.Data);
        _written += buffer.Length;
    }

    private void Patch(long at, Action<EbmlBuffer> write)
    {
        _scratch.Clear();
        write(_scratch);
        _output.Position = _start + at;
        _output.Write(_scratch.Data);
    }
}

using System.Text;
using Recording.Gateway.Sfu.Ingest;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;
using Recording.Protocol.Frames;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Links;

/// <summary>Finds the track of each packet by producer id or handle and hands it over. Look-ups take no lock: the tables are replaced, not changed.</summary>
internal sealed class LinkTracks(LinkSession session, IngestContext context, TrackIngests ingests, LinkViolations violations)
{
    private const int MaxPastHandles = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<uint, HashSet<string>> _announced = [];
    private readonly HashSet<uint> _pastHandles = [];
    private readonly Queue<uint> _pastHandleOrder = [];
    private readonly HashSet<TrackIngest> _held = [];
    private bool _isOver;
    private volatile Dictionary<byte[], LinkTrack> _byProducer = new(Utf8KeyComparer.Instance);
    private volatile Dictionary<uint, LinkTrack> _byHandle = [];
    private volatile LinkTrack[] _tails = [];
    private long _packets;
    private long _bytes;
    private long _countedPackets;
    private long _countedBytes;

    public IEnumerable<LinkTrack> All => _byProducer.Values.Concat(_tails);

    /// <summary>Adds a track, or finds it when it is the same one again.</summary>
    public LinkTrack Add(TrackIdentity identity)
    {
        lock (_gate)
        {
            byte[] key = Encoding.UTF8.GetBytes(identity.ProducerId);
            if (_byProducer.TryGetValue(key, out LinkTrack? known) && known.Identity.TrackId == identity.TrackId && known.Identity.RecordingId == identity.RecordingId
                && (!known.IsEnded || _held.Contains(known.Ingest)))
            {
                if (known.IsEnded)
                {
                    known.Resume();
                }

                return known;
            }

            known?.End();
            Release(i => i.Identity.RoomId == identity.RoomId && i.Identity.RecordingId != identity.RecordingId);
            IngestKind kind = !session.Capabilities.Batches ? IngestKind.Packets : session.Capabilities.Acknowledged ? IngestKind.Acknowledged : IngestKind.Batches;
            var track = new LinkTrack(identity, Ingest(identity, kind, kind == IngestKind.Packets ? session.StreamEpoch : session.Epoch));
            track.Ingest.Resume();
            track.Ingest.RepeatAck();
            _byProducer = new Dictionary<byte[], LinkTrack>(_byProducer, Utf8KeyComparer.Instance) { [key] = track };
            return track;
        }
    }

    /// <summary>Adds a track that has ended and of which the rest is fetched; the producer may have another one by now.</summary>
    public LinkTrack AddTail(TrackIdentity identity)
    {
        lock (_gate)
        {
            LinkTrack? known = All.FirstOrDefault(t => t.Identity.TrackId == identity.TrackId && t.Identity.RecordingId == identity.RecordingId && (!t.IsEnded || _held.Contains(t.Ingest)));
            if (known is not null)
            {
                known.Ingest.Resume();
                return known;
            }

            var track = new LinkTrack(identity, Ingest(identity, IngestKind.Acknowledged, session.Epoch));
            track.Ingest.Resume();
            track.Ingest.RepeatAck();
            _tails = [.. _tails, track];
            return track;
        }
    }

    /// <summary>Finds a track by its producer.</summary>
    public LinkTrack? Find(string producerId) => _byProducer.GetValueOrDefault(Encoding.UTF8.GetBytes(producerId));

    /// <summary>Whether a handle was in use on this link and its track is over: what is said of it again changes nothing.</summary>
    public bool IsOver(uint handle)
    {
        lock (_gate)
        {
            return _pastHandles.Contains(handle);
        }
    }

    public LinkTrack? Find(uint handle) => _byHandle.GetValueOrDefault(handle);

    /// <summary>The SFU numbers a track from now on by this handle.</summary>
    public void SetHandle(LinkTrack track, uint handle)
    {
        lock (_gate)
        {
            track.Handle = handle;
            _pastHandles.Remove(handle);
            _byHandle = new Dictionary<uint, LinkTrack>(_byHandle) { [handle] = track };
        }
    }

    /// <summary>Forgets tracks that ended and are stored: what still comes for them is unknown.</summary>
    public void Sweep()
    {
        lock (_gate)
        {
            if (!All.Any(IsOver))
            {
                return;
            }

            foreach (LinkTrack track in All.Where(IsOver))
            {
                // An epoch that is numbered here goes on counting if the room wants the track again.
                Release(i => i == track.Ingest && i.Kind is IngestKind.Acknowledged or IngestKind.Batches);
            }

            foreach (uint handle in _byHandle.Where(static p => IsOver(p.Value)).Select(static p => p.Key))
            {
                _pastHandles.Add(handle);
                _pastHandleOrder.Enqueue(handle);
            }

            while (_pastHandleOrder.Count > MaxPastHandles)
            {
                _pastHandles.Remove(_pastHandleOrder.Dequeue());
            }

            _byProducer = new Dictionary<byte[], LinkTrack>(_byProducer.Where(static p => !IsOver(p.Value)), Utf8KeyComparer.Instance);
            _tails = [.. _tails.Where(static t => !IsOver(t))];
            _byHandle = _byHandle.Where(static p => !IsOver(p.Value)).ToDictionary();
        }
    }

    /// <summary>A room is over: nothing comes for its tracks.</summary>
    public void Forget(string roomId)
    {
        lock (_gate)
        {
            Release(i => i.Identity.RoomId == roomId);
        }
    }

    /// <summary>The link is over: it brings nothing more.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isOver = true;
            Release(static _ => true);
        }
    }

    /// <summary>Notes which producer an SSRC was announced for; one that two producers claim says nothing.</summary>
    public void Announce(TrackFormat format, string producerId)
    {
        lock (_gate)
        {
            foreach (EncodingFormat encoding in format.Encodings)
            {
                if (encoding.Ssrc == 0)
                {
                    continue;
                }

                if (!_announced.TryGetValue(encoding.Ssrc, out HashSet<string>? producers))
                {
                    _announced.Add(encoding.Ssrc, producers = new HashSet<string>(1, StringComparer.Ordinal));
                }

                producers.Add(producerId);
            }
        }
    }

    /// <summary>The producer is gone, or has other SSRCs now.</summary>
    public void Retract(TrackFormat format, string producerId)
    {
        lock (_gate)
        {
            foreach (EncodingFormat encoding in format.Encodings)
            {
                if (_announced.TryGetValue(encoding.Ssrc, out HashSet<string>? producers) && producers.Remove(producerId) && producers.Count == 0)
                {
                    _announced.Remove(encoding.Ssrc);
                }
            }
        }
    }

    /// <summary>SSRCs and handles that are remembered besides those of the tracks.</summary>
    public (int Announced, int PastHandles) Remembered
    {
        get
        {
            lock (_gate)
            {
                return (_announced.Count, _pastHandles.Count);
            }
        }
    }

    /// <summary>Writes a marker into every track.</summary>
    public void Mark(Marker marker)
    {
        foreach (LinkTrack track in _byProducer.Values)
        {
            track.AddMarker(marker);
        }
    }

    /// <summary>Takes one packet; answers the track where the link should wait for room, or null.</summary>
    public TrackIngest? OnPacket(in RtpPacketFrame packet, long nowUs)
    {
        if (!_byProducer.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(packet.ProducerId, out LinkTrack? track))
        {
            OnUnknown(packet);
            return null;
        }

        TrackIngest ingest = track.Ingest;
        if (ingest.Kind != IngestKind.Packets)
        {
            if (track.Handle != 0)
            {
                violations.Report("packet_of_batched_track", RecordingErrorCode.ProtocolViolation, "This track has a handle: its packets come in rtp_batch", "", track.Identity.RoomId);
                return null;
            }

            ingest = UseStreamEpoch(track);
        }

        _packets++;
        _bytes += packet.RtpData.Length;
        long timeUs = PacketTime.Resolve(packet.ServerTimestamp, nowUs, session.Clock.OffsetUs, out bool isArrival);
        PacketVerdict verdict = ingest.Add(packet.RtpData, timeUs, isArrival, nowUs);
        if (verdict > PacketVerdict.Paused)
        {
            OnRefused(verdict, track, 1);
        }

        return ingest.IsFull ? ingest : null;
    }

    /// <summary>Takes one batch; answers the track where the link should wait for room, or null.</summary>
    public TrackIngest? OnBatch(in RtpBatchFrame batch, long nowUs)
    {
        if (!_byHandle.TryGetValue(batch.TrackHandle, out LinkTrack? track))
        {
            violations.Report("unknown_handle", RecordingErrorCode.UnknownProducer, $"No track has the handle {batch.TrackHandle}");
            return null;
        }

        _packets += batch.Count;
        _bytes += batch.Packets.Length;
        PacketVerdict verdict = track.Ingest.AddBatch(batch, nowUs - session.Clock.OffsetUs, nowUs);
        if (verdict > PacketVerdict.Paused)
        {
            OnRefused(verdict, track, batch.FirstIndex);
        }

        return track.Ingest.Kind != IngestKind.Acknowledged && track.Ingest.IsFull ? track.Ingest : null;
    }

    /// <summary>Takes a sender report, which becomes an entry of an epoch of its own: the SFU gave it no index.</summary>
    public void OnSenderReport(Wire.SenderReport report, long nowUs)
    {
        if (!_byHandle.TryGetValue(report.TrackHandle, out LinkTrack? track))
        {
            violations.Report("unknown_handle", RecordingErrorCode.UnknownProducer, $"No track has the handle {report.TrackHandle}");
            return;
        }

        if (track.IsEnded || report.NtpTime == 0)
        {
            return;
        }

        if (track.Reports is null)
        {
            track.Reports = Ingest(track.Identity, IngestKind.Reports, session.ReportEpoch);
            track.Reports.Resume();
        }

        Span<byte> bytes = stackalloc byte[SenderReport.Length];
        new SenderReport(report.Ssrc, report.NtpTime, report.RtpTimestamp, 0, 0).Write(bytes);
        long timeUs = PacketTime.Resolve(report.ArrivalTimeUs, nowUs, session.Clock.OffsetUs, out bool isArrival);
        track.Reports.Add(bytes, timeUs, isArrival, nowUs);
    }

    /// <summary>Hands what was counted since the last call to the metrics.</summary>
    public void CountReceived()
    {
        long packets = Volatile.Read(ref _packets);
        long bytes = Volatile.Read(ref _bytes);
        if (packets > _countedPackets)
        {
            context.Metrics.Received(packets - _countedPackets, bytes - _countedBytes);
            (_countedPackets, _countedBytes) = (packets, bytes);
        }
    }

    private static bool IsOver(LinkTrack track) => track.IsEnded && (track.IsSettled || track.Ingest.IsFenced) && IsOver(track.Ingest) && (track.Reports is null || IsOver(track.Reports));

    private static bool IsOver(TrackIngest ingest) => ingest.IsDrained || ingest.IsFenced;

    private void Release(Predicate<TrackIngest> match) => _held.RemoveWhere(ingest =>
    {
        if (!match(ingest))
        {
            return false;
        }

        ingest.Holders.Release();
        return true;
    });

    private TrackIngest Held(TrackIngest ingest)
    {
        lock (_gate)
        {
            if (_isOver || !_held.Add(ingest))
            {
                ingest.Holders.Release();
            }

            return ingest;
        }
    }

    private TrackIngest Ingest(TrackIdentity identity, IngestKind kind, ulong epoch)
    {
        var key = new IngestKey(identity.RecordingId, identity.TrackId, epoch);
        TrackIngest found = ingests.Hold(key, () =>
        {
            var ingest = new TrackIngest(context, identity, session.Fence, epoch, kind);
            if (kind != IngestKind.Reports && ingests.EarlierEpoch(key) is { HasPackets: true } earlier)
            {
                ingest.AddMarker(new Marker
                {
                    TimeUs = session.SfuNowUs(),
                    Gap = new Marker.Types.Gap { Reason = "link", DurationUs = (long)earlier.Idle.TotalMicroseconds },
                });
            }

            if (session.Clock.IsKnown)
            {
                ingest.AddMarker(session.ClockMarker());
            }

            return ingest;
        });
        KeyframePacer? keyframes = null;
        if (session.Capabilities.Keyframes && identity.IsVideo && kind != IngestKind.Reports)
        {
            keyframes = new KeyframePacer((long)context.Options.KeyframeInterval.TotalMilliseconds);
            keyframes.Begin(context.Time.GetUtcNow().ToUnixTimeMilliseconds());
        }

        found.Attach(session.Fence, keyframes, ssrc => BelongsToAnother(ssrc, identity.ProducerId));
        return Held(found);
    }

    private TrackIngest UseStreamEpoch(LinkTrack track)
    {
        lock (_gate)
        {
            if (track.Ingest.Kind != IngestKind.Packets)
            {
                track.Ingest.EndNow();
                TrackFormat format = track.Ingest.Format;
                track.Ingest = Ingest(track.Identity, IngestKind.Packets, session.StreamEpoch);
                track.Ingest.SetFormat(format, "");
            }

            return track.Ingest;
        }
    }

    private bool BelongsToAnother(uint ssrc, string producerId)
    {
        lock (_gate)
        {
            return _announced.TryGetValue(ssrc, out HashSet<string>? producers) && producers.Count == 1 && !producers.Contains(producerId);
        }
    }

    private void OnUnknown(in RtpPacketFrame packet)
    {
        bool isValid = SfuIds.IsValid(Encoding.UTF8.GetString(packet.ProducerId)) && (packet.RoomId.IsEmpty || SfuIds.IsValid(Encoding.UTF8.GetString(packet.RoomId)));
        if (isValid)
        {
            violations.Report("unknown_producer", RecordingErrorCode.UnknownProducer, $"Producer '{Encoding.UTF8.GetString(packet.ProducerId)}' is not subscribed");
        }
        else
        {
            violations.Report("bad_id", RecordingErrorCode.ProtocolViolation, "A packet's room or producer id is empty, too long or a path");
        }
    }

    private void OnRefused(PacketVerdict verdict, LinkTrack track, ulong firstIndex)
    {
        (string kind, RecordingErrorCode code, string reason) = verdict switch
        {
            PacketVerdict.Malformed => ("malformed_rtp", RecordingErrorCode.MalformedRtp, "A packet is not RTP (RFC 3550 5.1)"),
            PacketVerdict.Oversize => ("oversize_rtp", RecordingErrorCode.MalformedRtp, $"A packet is longer than {PacketInspector.MaxPacketLength} bytes"),
            PacketVerdict.Foreign => ("foreign_rtp", RecordingErrorCode.MalformedRtp, "A packet has the SSRC of another producer"),
            PacketVerdict.BadBatch => ("bad_batch", RecordingErrorCode.ProtocolViolation, $"The batch at index {firstIndex} has no index, no entries or too many"),
            _ => ("", RecordingErrorCode.None, ""),
        };
        if (code == RecordingErrorCode.None)
        {
            return;
        }

        context.Metrics.Refused(kind);
        violations.Report(kind, code, $"{reason}; producer '{track.Identity.ProducerId}'", "", track.Identity.RoomId);
    }
}

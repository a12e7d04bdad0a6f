using System.Diagnostics.CodeAnalysis;

namespace Recording.Media.Playback;

/// <summary>All sources of a track file: each in its order, split where it starts over.</summary>
internal sealed class SourceTable(PlaybackOptions options, PlaybackCounters counters)
{
    private readonly Dictionary<uint, PlaybackSource> _sources = [];
    private readonly Stack<PacketSlot> _pool = new();
    private readonly Queue<PlaybackSource> _toDrain = new();
    private readonly Queue<(PlaybackSource Source, SourceOrder Order)> _ending = new();
    private bool _ended;
    private int _segments;
    private PlaybackSource? _last;

    /// <summary>Whether the source was seen.</summary>
    public bool Contains(uint ssrc) => _sources.ContainsKey(ssrc);

    /// <summary>Packets of the source wait behind a hole.</summary>
    public bool IsWaiting(uint ssrc) => _sources.TryGetValue(ssrc, out PlaybackSource? source) && source.Order.IsWaiting;

    /// <summary>The one source there is; false when there is none or several.</summary>
    public bool TryGetOnly(out uint ssrc)
    {
        ssrc = _sources.Count == 1 ? _sources.Keys.First() : 0;
        return _sources.Count == 1;
    }

    /// <summary>Gives a packet to its source, which it may start or start over.</summary>
    public void Offer(uint ssrc, in IncomingPacket packet)
    {
        PlaybackSource? source = _last;
        if (source?.Order.Ssrc != ssrc && !_sources.TryGetValue(ssrc, out source))
        {
            if (packet.IsRedundant || packet.Format is null)
            {
                return;
            }

            source = new PlaybackSource { Order = NewOrder(ssrc, packet.Format.ClockRate), Segmenter = new ClockSegmenter(packet.Format.ClockRate) };
            _sources.Add(ssrc, source);
        }

        _last = source;
        if ((packet.IsRedundant || packet.Format is null) && source.Order.IsForeign(packet))
        {
            return;
        }

        bool newClock = packet.Format is not null && packet.Format.ClockRate != source.Order.ClockRate;
        if (!newClock && !source.Order.IsForeign(packet))
        {
            DropSuspect(source);
            source.Order.Offer(packet);
            Queue(source);
            return;
        }

        if (newClock || FollowsSuspect(source, packet))
        {
            Restart(source, packet);
            return;
        }

        DropSuspect(source);
        source.Suspect = Keep(packet);
    }

    /// <summary>Gives a retransmitted packet to a source that is running and has room for it.</summary>
    public void OfferRetransmission(uint ssrc, in IncomingPacket packet)
    {
        if (_sources.TryGetValue(ssrc, out PlaybackSource? source) && !source.Order.IsForeign(packet))
        {
            source.Order.Offer(packet);
            Queue(source);
        }
    }

    /// <summary>The next packet whose turn has come, with its source; the caller gives it back by <see cref="Return"/>.</summary>
    public bool TryTake([NotNullWhen(true)] out PlaybackSource? source, [NotNullWhen(true)] out PacketSlot? slot)
    {
        while (_ending.TryPeek(out (PlaybackSource Source, SourceOrder Order) ending))
        {
            if (ending.Order.TryTake(out slot))
            {
                source = ending.Source;
                Segment(source, slot);
                return true;
            }

            ending.Source.Segmenter = new ClockSegmenter(ending.Source.Order.ClockRate);
            _ending.Dequeue();
        }

        while (_toDrain.TryPeek(out source))
        {
            if (source.Order.TryTake(out slot))
            {
                Segment(source, slot);
                return true;
            }

            source.IsQueued = false;
            source.Order.IsFlushing = _ended;
            _toDrain.Dequeue();
        }

        slot = null;
        return false;
    }

    /// <summary>The packet was used.</summary>
    public void Return(PacketSlot slot) => _pool.Push(slot);

    /// <summary>Nothing comes any more.</summary>
    public void End()
    {
        _ended = true;
        FlushAll();
    }

    /// <summary>Gives up every hole: what is missing will not come.</summary>
    public void FlushAll()
    {
        foreach (PlaybackSource source in _sources.Values)
        {
            source.Order.IsFlushing = true;
            Queue(source);
        }
    }

    private static bool FollowsSuspect(PlaybackSource source, in IncomingPacket packet) =>
        source.Suspect is PacketSlot suspect
        && packet.SequenceNumber == (ushort)(suspect.RawSequenceNumber + 1)
        && Math.Abs((int)(packet.Timestamp - suspect.RawTimestamp) / (double)source.Order.ClockRate) < 10;

    private void DropSuspect(PlaybackSource source)
    {
        if (source.Suspect is not null)
        {
            counters.Malformed++;
            _pool.Push(source.Suspect);
            source.Suspect = null;
        }
    }

    private PacketSlot Keep(in IncomingPacket packet)
    {
        PacketSlot slot = _pool.TryPop(out PacketSlot? used) ? used : new PacketSlot();
        slot.RawSequenceNumber = packet.SequenceNumber;
        slot.RawTimestamp = packet.Timestamp;
        slot.ArrivalUs = packet.ArrivalUs;
        slot.Epoch = packet.Epoch;
        slot.Marker = packet.Marker;
        slot.Format = packet.Format;
        slot.Orientation = packet.Orientation;
        slot.FrameNumber = packet.FrameNumber;
        slot.SetPayload(packet.Payload);
        return slot;
    }

    // The old order is emptied first; then the new one takes the packets that told of it.
    private void Restart(PlaybackSource source, in IncomingPacket packet)
    {
        counters.SourceResets++;
        SourceOrder fresh = NewOrder(source.Order.Ssrc, packet.Format?.ClockRate ?? source.Order.ClockRate);
        if (source.Suspect is PacketSlot first)
        {
            fresh.Offer(new IncomingPacket
            {
                SequenceNumber = first.RawSequenceNumber,
                Timestamp = first.RawTimestamp,
                ArrivalUs = first.ArrivalUs,
                Epoch = first.Epoch,
                Marker = first.Marker,
                Format = first.Format,
                Orientation = first.Orientation,
                FrameNumber = first.FrameNumber,
                Payload = first.Payload,
            });
            _pool.Push(first);
            source.Suspect = null;
        }

        fresh.Offer(packet);
        source.Order.IsFlushing = true;
        _ending.Enqueue((source, source.Order));
        source.Order = fresh;
        Queue(source);
    }

    private SourceOrder NewOrder(uint ssrc, uint clockRate) => new(ssrc, Math.Max(1, clockRate), options, counters, _pool);

    private void Queue(PlaybackSource source)
    {
        if (!source.IsQueued)
        {
            source.IsQueued = true;
            _toDrain.Enqueue(source);
        }
    }

    private void Segment(PlaybackSource source, PacketSlot slot)
    {
        if (source.Segmenter.Begins(slot))
        {
            source.Segment = _segments++;
        }
    }
}

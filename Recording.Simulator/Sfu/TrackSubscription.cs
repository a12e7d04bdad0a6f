using Google.Protobuf;
using Recording.Media.TrackFiles;
using Recording.Protocol.Sfu;

namespace Recording.Simulator.Sfu;

/// <summary>A producer that is forwarded into one recording: its handle, its ring, and how far it was sent. Guarded by the session's lock.</summary>
internal sealed class TrackSubscription
{
    private readonly SimulatedSfuOptions _options;
    private readonly bool _numbered;
    private readonly List<SenderReport> _reports = [];
    private int _endedOnLink;
    private ulong _highestSent;

    public TrackSubscription(SimulatedProducer producer, string recordingId, uint handle, SimulatedSfuOptions options, ulong sessionId, bool numbered)
    {
        Producer = producer;
        RecordingId = recordingId;
        Handle = handle;
        _options = options;
        _numbered = numbered;
        Ring = new TrackRing(options.RingBytes, options.RingAge);
        WindowBytes = options.FirstWindowBytes;
        LedgerPrefix = LedgerWriter.Prefix(producer.Room.Plan.RoomId, producer.ProducerId, numbered ? sessionId : 0);
    }

    public SimulatedProducer Producer { get; }

    public string RecordingId { get; }

    public uint Handle { get; }

    public TrackRing Ring { get; }

    public byte[] LedgerPrefix { get; }

    /// <summary>The link on which the recorder subscribed last.</summary>
    public SfuLink? Link { get; set; }

    /// <summary>New packets are taken.</summary>
    public bool Forwarding { get; set; } = true;

    /// <summary>Nothing follows: unsubscribed, stopped or closed.</summary>
    public bool Ended { get; set; }

    /// <summary>The recording was stopped: subscribing again only replays.</summary>
    public bool Final { get; set; }

    /// <summary>Next index to send.</summary>
    public ulong Cursor { get; private set; } = 1;

    public long WindowBytes { get; set; }

    public bool AllSent => Cursor >= Ring.NextIndex;

    public bool AllDone => AllSent && Ring.Bytes == 0;

    public void Append(long timeUs, byte[] packet) => Ring.Append(timeUs, packet);

    public void AddReport(SenderReport report)
    {
        if (Link is { Registered: true, TakesSenderReports: true })
        {
            report.TrackHandle = Handle;
            _reports.Add(report);
        }
    }

    /// <summary>Sends again from an index; what is durable or not yet there is left out.</summary>
    public void Rewind(ulong index) => Cursor = Math.Clamp(index, Ring.DurableIndex + 1, Math.Max(Ring.NextIndex, Ring.DurableIndex + 1));

    /// <summary>The recorder will hear of the end again.</summary>
    public void RepeatEnd() => _endedOnLink = 0;

    /// <summary>Sends what is due.</summary>
    public void Flush(SfuLink active, long nowUs, DataPayloadWriter writer, SfuTotals totals)
    {
        if (Link != active)
        {
            return;
        }

        foreach (SenderReport report in _reports)
        {
            active.Send(new SfuToRecording { SenderReport = report });
        }

        _reports.Clear();
        if (_numbered)
        {
            SendBatches(active, nowUs, writer, totals);
        }
        else
        {
            SendPackets(active, totals);
        }

        if (Ended && AllSent && _endedOnLink != active.Id)
        {
            _endedOnLink = active.Id;
            if (active.Acknowledges)
            {
                active.Send(new SfuToRecording { TrackEnded = new TrackEnded { TrackHandle = Handle, LastIndex = Ring.NextIndex - 1 } });
            }
        }
    }

    private void SendBatches(SfuLink active, long nowUs, DataPayloadWriter writer, SfuTotals totals)
    {
        while (Cursor < Ring.NextIndex && active.QueuedBytes < _options.LinkBufferBytes)
        {
            ulong lost = 0;
            if (Cursor < Ring.FirstIndex)
            {
                lost = Ring.FirstIndex - Math.Max(Cursor, Ring.DurableIndex + 1);
                Cursor = Ring.FirstIndex;
            }

            long outstanding = active.Acknowledges ? Ring.BytesBefore(Cursor) : 0;
            long allowed = Math.Min(_options.BatchBytes, WindowBytes - outstanding);
            if (active.Acknowledges && (WindowBytes <= 0 || (allowed <= 0 && outstanding > 0)))
            {
                return;
            }

            writer.Clear();
            ulong index = Cursor;
            while (index < Ring.NextIndex)
            {
                RingEntry entry = Ring[index];
                bool mustFit = writer.Count > 0 || outstanding > 0;
                if ((mustFit && writer.Length + entry.Packet.Length > allowed) || !writer.TryAdd(entry.TimeUs, entry.Packet))
                {
                    break;
                }

                index++;
            }

            if (writer.Count == 0)
            {
                return;
            }

            bool full = index < Ring.NextIndex;
            if (!full && !Ended && !_options.Unpaced && nowUs - writer.BaseTimeUs < _options.BatchInterval.TotalMicroseconds)
            {
                return;
            }

            Note(index, totals);
            active.Send(new OutgoingMessage(Batch(writer, lost), writer.Length, null, 0, null));
            Cursor = index;
            if (!active.Acknowledges)
            {
                Ring.Acknowledge(index - 1);
            }
        }
    }

    private SfuToRecording Batch(DataPayloadWriter writer, ulong lost) => new()
    {
        RtpBatch = new RtpBatch
        {
            TrackHandle = Handle,
            FirstIndex = Cursor,
            BaseTimeUs = writer.BaseTimeUs,
            Packets = ByteString.CopyFrom(writer.Payload),
            Count = (uint)writer.Count,
            LostBefore = lost,
        },
    };

    private void Note(ulong end, SfuTotals totals)
    {
        for (ulong index = Cursor; index < end; index++)
        {
            byte[] packet = Ring[index].Packet;
            totals.Sent(packet.Length, again: index <= _highestSent);
            if (index > _highestSent)
            {
                _options.Ledger?.Write(LedgerPrefix, index, packet);
            }
        }

        _highestSent = Math.Max(_highestSent, end - 1);
    }

    private void SendPackets(SfuLink active, SfuTotals totals)
    {
        Cursor = Math.Max(Cursor, Ring.FirstIndex);
        while (Cursor < Ring.NextIndex && active.QueuedBytes < _options.LinkBufferBytes)
        {
            RingEntry entry = Ring[Cursor];
            var packet = new RecordingRtpPacket
            {
                RoomId = Producer.Room.Plan.RoomId,
                RecordingId = RecordingId,
                ProducerId = Producer.ProducerId,
                PeerId = Producer.Peer.PeerId,
                RtpData = UnsafeByteOperations.UnsafeWrap(entry.Packet),
                PayloadType = entry.Packet[1] & 0x7F,
                Ssrc = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(entry.Packet.AsSpan(8)),
                ServerTimestamp = entry.TimeUs / 1000,
                RtpTimestamp = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(entry.Packet.AsSpan(4)),
                SequenceNumber = System.Buffers.Binary.BinaryPrimitives.ReadUInt16BigEndian(entry.Packet.AsSpan(2)),
            };
            active.Send(new OutgoingMessage(new SfuToRecording { RtpPacket = packet }, entry.Packet.Length, this, Cursor, entry.Packet));
            totals.Sent(entry.Packet.Length, again: false);
            Ring.Acknowledge(Cursor);
            Cursor++;
        }
    }
}

using System.Buffers.Binary;
using Recording.Protocol.Sfu;
using Recording.Simulator.Media;
using Recording.Simulator.Plans;

namespace Recording.Simulator.Sfu;

/// <summary>One track of a participant: makes its packets in time and hands them to the subscription. Guarded by the session's lock.</summary>
internal sealed class SimulatedProducer
{
    private const int MaxPacketsAPump = 512;
    private readonly List<SourcePacket> _made = [];
    private readonly ProducerMedia _media;
    private readonly string _name;
    private PacketSource? _source;
    private long _startUs;

    public SimulatedProducer(SimulatedRoom room, PlannedPeer peer, PlannedTrack plan, int number, ProducerMedia media, int seed)
    {
        Room = room;
        Peer = peer;
        Plan = plan;
        _media = media;
        _name = $"{room.Plan.RoomId}/{peer.PeerId}/{plan.TrackType}/{number}";
        ProducerId = plan.ProducerId ?? SeededRandom.Create(seed, _name, "producer").NextId();
        ConsumerId = SeededRandom.Create(seed, _name, "consumer").NextId();
        Format = media.Format(plan, _name);
        TimeSpan end = plan.Stop ?? peer.Leave ?? room.Plan.Duration;
        LengthUs = (long)(end - plan.Start).TotalMicroseconds;
    }

    public SimulatedRoom Room { get; }

    public PlannedPeer Peer { get; }

    public PlannedTrack Plan { get; }

    public string ProducerId { get; }

    public string ConsumerId { get; }

    public ProducerFormat Format { get; }

    /// <summary>Media that the plan holds, µs.</summary>
    public long LengthUs { get; }

    public bool Announced { get; set; }

    public bool Closed { get; set; }

    public bool Paused { get; set; }

    public TrackSubscription? Subscription { get; set; }

    /// <summary>Media has begun.</summary>
    public bool Started => _source is not null;

    /// <summary>Nothing is left of the planned media.</summary>
    public bool Exhausted => Closed || (_source is not null && _source.NextDueUs > LengthUs);

    /// <summary>Begins the media at a time of the simulation, µs since 1970.</summary>
    public void Start(long startUs)
    {
        if (_source is null)
        {
            _startUs = startUs;
            _source = _media.Start(Plan, _name, Format, startUs, Peer.SkewPpm);
        }
    }

    public void RequestKeyframe() => _source?.RequestKeyframe();

    /// <summary>Makes what is due until a time of the simulation and forwards it; <paramref name="arrivalUs"/> replaces the due times when media is not in real time.</summary>
    public void Pump(long untilUs, long? arrivalUs, SfuTotals totals, Func<TrackSubscription, bool> full)
    {
        if (_source is null)
        {
            return;
        }

        int forwarded = 0;
        while (_source.NextDueUs <= LengthUs && _startUs + _source.NextDueUs <= untilUs)
        {
            if (Paused)
            {
                _source.Skip();
                continue;
            }

            TrackSubscription? track = Subscription is { Forwarding: true } subscription && !Room.RecordingPaused ? subscription : null;
            if (track is not null && (full(track) || forwarded >= MaxPacketsAPump))
            {
                return;
            }

            _made.Clear();
            _source.Produce(_made);
            foreach (SourcePacket packet in _made)
            {
                if (track is not null)
                {
                    Forward(track, packet, arrivalUs ?? (_startUs + packet.DueUs));
                    forwarded++;
                    totals.Forwarded += packet.IsSenderReport ? 0 : 1;
                }
            }
        }
    }

    private static void Forward(TrackSubscription track, SourcePacket packet, long timeUs)
    {
        if (!packet.IsSenderReport)
        {
            track.Append(timeUs, packet.Data);
            return;
        }

        track.AddReport(new SenderReport
        {
            Ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet.Data.AsSpan(4)),
            NtpTime = BinaryPrimitives.ReadUInt64BigEndian(packet.Data.AsSpan(8)),
            RtpTimestamp = BinaryPrimitives.ReadUInt32BigEndian(packet.Data.AsSpan(16)),
            ArrivalTimeUs = timeUs,
        });
    }
}

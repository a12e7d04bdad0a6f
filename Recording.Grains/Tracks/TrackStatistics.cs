using System.Buffers.Binary;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Grains.Tracks;

/// <summary>Live figures of a track, per SSRC. Runs for each packet: reads three header fields, allocates only for a new SSRC.</summary>
internal sealed class TrackStatistics
{
    /// <summary>SSRCs followed; a sender that makes up more is counted without loss and jitter.</summary>
    public const int MaxStreams = 64;

    private const int PayloadTypeMask = 0x7F;

    private readonly Dictionary<uint, StreamStatistics> _streams = [];
    private readonly int[] _clockRates = new int[PayloadTypeMask + 1];
    private StreamStatistics? _current;
    private uint _currentSsrc;

    /// <summary>Entries taken.</summary>
    public long Packets { get; private set; }

    /// <summary>RTP bytes taken.</summary>
    public long Bytes { get; private set; }

    /// <summary>Time of the newest entry, µs since 1970; 0 = none.</summary>
    public long LastTimeUs { get; private set; }

    public long Lost => _streams.Values.Sum(static s => s.Lost);

    public long Duplicates => _streams.Values.Sum(static s => s.Duplicates);

    public long Reordered => _streams.Values.Sum(static s => s.Reordered);

    /// <summary>The highest jitter of the track's streams, ms.</summary>
    public double JitterMs => _streams.Count == 0 ? 0 : _streams.Values.Max(static s => s.JitterMs);

    /// <summary>Takes the clock rates of a format.</summary>
    public void UseFormat(TrackFormat? format)
    {
        foreach (PayloadFormat payload in format?.PayloadTypes ?? [])
        {
            if (payload.Pt <= PayloadTypeMask)
            {
                _clockRates[payload.Pt] = (int)Math.Min(payload.ClockRate, int.MaxValue);
            }
        }
    }

    /// <summary>Counts the entries of a data block that was found sound.</summary>
    public void Add(in BlockHeader header, ReadOnlySpan<byte> payload)
    {
        var entries = new DataPayloadReader(payload, header.BaseTimeUs);
        long newest = LastTimeUs;
        while (entries.Read())
        {
            Packets++;
            newest = Math.Max(newest, entries.TimeUs);
            ReadOnlySpan<byte> packet = entries.Packet;
            if (packet.Length >= RtpPacket.FixedHeaderLength && !Rtcp.IsRtcp(packet))
            {
                Bytes += packet.Length;
                AddRtp(packet, entries.TimeUs);
            }
        }

        LastTimeUs = newest;
    }

    private void AddRtp(ReadOnlySpan<byte> packet, long timeUs)
    {
        uint ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);
        if (_current is null || ssrc != _currentSsrc)
        {
            if (!TryFind(ssrc))
            {
                return;
            }
        }

        int clockRate = _clockRates[packet[1] & PayloadTypeMask];
        if (clockRate > 0)
        {
            _current!.ChangeClockRate(clockRate);
        }

        _current!.Add(BinaryPrimitives.ReadUInt16BigEndian(packet[2..]), BinaryPrimitives.ReadUInt32BigEndian(packet[4..]), timeUs);
    }

    private bool TryFind(uint ssrc)
    {
        if (!_streams.TryGetValue(ssrc, out StreamStatistics? stream))
        {
            if (_streams.Count >= MaxStreams)
            {
                return false;
            }

            stream = new StreamStatistics(0);
            _streams.Add(ssrc, stream);
        }

        _current = stream;
        _currentSsrc = ssrc;
        return true;
    }
}

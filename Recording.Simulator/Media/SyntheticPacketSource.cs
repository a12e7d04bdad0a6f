namespace Recording.Simulator.Media;

/// <summary>Packets of a fixed size at a fixed rate with random payloads: for load, where no one will look at the picture.</summary>
public sealed class SyntheticPacketSource : PacketSource
{
    private const int HeaderSize = 12;
    private readonly RtpStream _stream;
    private readonly SenderClock _clock;
    private readonly double _intervalUs;
    private readonly int _clockRate;
    private readonly byte[] _payload;
    private long _number;

    /// <param name="stream">The SSRC it is sent on.</param>
    /// <param name="clock">The sender's clocks.</param>
    /// <param name="clockRate">RTP clock, Hz.</param>
    /// <param name="packetBytes">Size of each packet, 20..1500, header included.</param>
    /// <param name="packetsPerSecond">Rate.</param>
    /// <param name="random">For the payloads.</param>
    public SyntheticPacketSource(RtpStream stream, SenderClock clock, int clockRate, int packetBytes, double packetsPerSecond, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(packetBytes, 20);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(packetBytes, 1500);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(packetsPerSecond);
        _stream = stream;
        _clock = clock;
        _clockRate = clockRate;
        _intervalUs = 1_000_000 / packetsPerSecond;
        _payload = new byte[packetBytes - HeaderSize];
        random.NextBytes(_payload);
    }

    /// <inheritdoc/>
    public override long NextDueUs => _clock.DueUs(_clock.ContentOffsetUs + (_number * _intervalUs));

    /// <inheritdoc/>
    public override void Produce(ICollection<SourcePacket> output)
    {
        long ticks = (long)(_number * _intervalUs * _clockRate / 1_000_000);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(_payload, _number);
        output.Add(new SourcePacket(NextDueUs, _stream.Build(ticks, marker: true, [], [], _payload), IsSenderReport: false));
        _number++;
    }

    /// <inheritdoc/>
    public override void Skip() => _number++;
}

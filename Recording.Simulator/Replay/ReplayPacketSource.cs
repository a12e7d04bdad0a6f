using Recording.Simulator.Media;

namespace Recording.Simulator.Replay;

/// <summary>Sends a captured stream as it came: bytes unchanged, distances in time divided by the speed.</summary>
public sealed class ReplayPacketSource : PacketSource
{
    private readonly ReplayStream _stream;
    private readonly double _speed;
    private int _position;

    /// <param name="stream">The packets.</param>
    /// <param name="speed">1 = as captured, 2 = twice as fast.</param>
    public ReplayPacketSource(ReplayStream stream, double speed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(speed);
        _stream = stream;
        _speed = speed;
    }

    /// <inheritdoc/>
    public override long NextDueUs => _position < _stream.Packets.Count ? (long)(_stream.Packets[_position].TimeUs / _speed) : long.MaxValue;

    /// <inheritdoc/>
    public override void Produce(ICollection<SourcePacket> output)
    {
        long due = NextDueUs;
        ReplayPacket packet = _stream.Packets[_position++];
        output.Add(new SourcePacket(due, packet.Data, packet.IsSenderReport));
    }

    /// <inheritdoc/>
    public override void Skip() => _position++;
}

using Recording.Simulator.Media;

namespace Recording.Simulator.Impairment;

/// <summary>A source behind a network that loses, delays and doubles packets; the same seed gives the same faults. Sender reports pass untouched.</summary>
public sealed class ImpairedSource : PacketSource
{
    private readonly PacketSource _inner;
    private readonly ImpairmentOptions _options;
    private readonly Random _random;
    private readonly PriorityQueue<SourcePacket, (long DueUs, long Order)> _underway = new();
    private readonly List<SourcePacket> _made = [];
    private long _order;

    /// <summary>Puts a network between <paramref name="inner"/> and the SFU.</summary>
    public ImpairedSource(PacketSource inner, ImpairmentOptions options, Random random)
    {
        _inner = inner;
        _options = options;
        _random = random;
    }

    /// <inheritdoc/>
    public override long NextDueUs => Math.Min(_inner.NextDueUs, UnderwayDueUs);

    private long UnderwayDueUs => _underway.TryPeek(out _, out (long DueUs, long Order) next) ? next.DueUs : long.MaxValue;

    /// <inheritdoc/>
    public override void Produce(ICollection<SourcePacket> output)
    {
        if (_inner.NextDueUs > UnderwayDueUs)
        {
            output.Add(_underway.Dequeue());
            return;
        }

        _made.Clear();
        _inner.Produce(_made);
        foreach (SourcePacket packet in _made)
        {
            Transmit(packet);
        }
    }

    /// <inheritdoc/>
    public override void Skip()
    {
        if (_inner.NextDueUs > UnderwayDueUs)
        {
            _underway.Dequeue();
            return;
        }

        _inner.Skip();
    }

    /// <inheritdoc/>
    public override void RequestKeyframe() => _inner.RequestKeyframe();

    private void Transmit(SourcePacket packet)
    {
        if (packet.IsSenderReport)
        {
            Enqueue(packet, 0);
            return;
        }

        // Always the same number of draws per packet, so that one option does not shift the faults of another.
        double loss = _random.NextDouble();
        double reorder = _random.NextDouble();
        double duplicate = _random.NextDouble();
        double delay = _random.NextDouble();
        double secondDelay = _random.NextDouble();
        if (loss >= _options.Loss)
        {
            Enqueue(packet, reorder < _options.Reorder ? DelayUs(delay) : 0);
        }

        if (duplicate < _options.Duplicate)
        {
            Enqueue(packet, DelayUs(secondDelay));
        }
    }

    private long DelayUs(double share) => 1 + (long)(share * _options.MaxDelay.TotalMicroseconds);

    private void Enqueue(SourcePacket packet, long delayUs)
    {
        long due = packet.DueUs + delayUs;
        _underway.Enqueue(packet with { DueUs = due }, (due, _order++));
    }
}

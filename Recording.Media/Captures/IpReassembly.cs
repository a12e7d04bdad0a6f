namespace Recording.Media.Captures;

/// <summary>Joins the fragments of UDP datagrams in bounded memory: the oldest unfinished one goes when there are too many.</summary>
internal sealed class IpReassembly
{
    private const int MaxDatagram = 65_535;
    private const int MaxPending = 64;

    private readonly Dictionary<IpFragmentKey, Pending> _pending = [];
    private readonly Queue<IpFragmentKey> _order = new();
    private long _given;

    /// <summary>Datagrams whose parts did not all come: given up, or still waiting.</summary>
    public long Incomplete => _given + _pending.Count;

    /// <summary>Adds a part; true when its datagram is whole.</summary>
    public bool TryComplete(in IpFragment fragment, ReadOnlySpan<byte> frame, out byte[] datagram)
    {
        datagram = [];
        if (fragment.Place + fragment.Length > MaxDatagram)
        {
            _given++;
            return false;
        }

        if (!_pending.TryGetValue(fragment.Key, out Pending? pending))
        {
            pending = new Pending();
            MakeRoom();
            _pending.Add(fragment.Key, pending);
            _order.Enqueue(fragment.Key);
        }

        pending.Add(fragment, frame.Slice(fragment.Offset, fragment.Length));
        if (!pending.IsWhole)
        {
            return false;
        }

        _pending.Remove(fragment.Key);
        datagram = pending.Take();
        return true;
    }

    private void MakeRoom()
    {
        // Keys of finished datagrams stay in the queue until their turn comes.
        while (_pending.Count >= MaxPending || _order.Count >= 2 * MaxPending)
        {
            if (_pending.Remove(_order.Dequeue()))
            {
                _given++;
            }
        }
    }

    private sealed class Pending
    {
        private readonly List<(int From, int To)> _parts = [];
        private byte[] _bytes = new byte[2048];
        private int _length = -1;

        public bool IsWhole { get; private set; }

        public void Add(in IpFragment fragment, ReadOnlySpan<byte> part)
        {
            int end = fragment.Place + part.Length;
            if (_bytes.Length < end)
            {
                Array.Resize(ref _bytes, Math.Max(end, Math.Min(MaxDatagram, _bytes.Length * 2)));
            }

            part.CopyTo(_bytes.AsSpan(fragment.Place));
            _parts.Add((fragment.Place, end));
            if (!fragment.More)
            {
                _length = end;
            }

            IsWhole = _length >= 0 && Covered() >= _length;
        }

        public byte[] Take() => _bytes[.._length];

        private int Covered()
        {
            _parts.Sort();
            int covered = 0;
            foreach ((int from, int to) in _parts)
            {
                if (from > covered)
                {
                    break;
                }

                covered = Math.Max(covered, to);
            }

            return covered;
        }
    }
}

namespace Recording.Media.Depacketizers;

/// <summary>Reads bits from the most significant down. Beyond the end it reads zeros and says so by <see cref="Overran"/>.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;

    /// <summary>Bits read so far.</summary>
    public int Position { get; private set; }

    /// <summary>More was asked for than there is.</summary>
    public bool Overran { get; private set; }

    /// <summary>One bit.</summary>
    public bool Flag() => Bits(1) != 0;

    /// <summary>Up to 32 bits, most significant first.</summary>
    public uint Bits(int count)
    {
        uint value = 0;
        while (count > 0)
        {
            int index = Position >> 3;
            if (index >= _data.Length)
            {
                Overran = true;
                Position += count;
                return value << count;
            }

            int take = Math.Min(8 - (Position & 7), count);
            uint piece = ((uint)_data[index] >> (8 - (Position & 7) - take)) & ((1u << take) - 1);
            value = (value << take) | piece;
            Position += take;
            count -= take;
        }

        return value;
    }

    /// <summary>Passes bits over.</summary>
    public void Skip(int count)
    {
        Position += count;
        Overran |= Position > _data.Length * 8;
    }

    /// <summary>Unsigned Exp-Golomb code (ITU-T H.264, 9.1); what is over 32 bits counts as an overrun.</summary>
    public uint Ue()
    {
        int zeros = 0;
        while (!Flag())
        {
            if (Overran || ++zeros > 31)
            {
                Overran = true;
                return 0;
            }
        }

        return zeros == 0 ? 0 : (1u << zeros) - 1 + Bits(zeros);
    }

    /// <summary>Signed Exp-Golomb code (ITU-T H.264, 9.1.1).</summary>
    public int Se()
    {
        uint code = Ue();
        return (code & 1) != 0 ? (int)((code + 1) / 2) : -(int)(code / 2);
    }
}

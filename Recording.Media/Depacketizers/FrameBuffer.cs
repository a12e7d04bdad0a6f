namespace Recording.Media.Depacketizers;

/// <summary>Gathers the pieces of one frame in a buffer that is kept for the next.</summary>
internal sealed class FrameBuffer
{
    /// <summary>A longer frame is damage: 8K intra frames stay below.</summary>
    public const int MaxLength = 16 << 20;

    private byte[] _bytes = new byte[32 * 1024];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Data => _bytes.AsSpan(0, Length);

    /// <summary>The same bytes, to be written over.</summary>
    public Span<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Appends a piece; false when the frame would be over <see cref="MaxLength"/>.</summary>
    public bool TryAppend(ReadOnlySpan<byte> piece)
    {
        int needed = Length + piece.Length;
        if (needed > MaxLength)
        {
            return false;
        }

        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        }

        piece.CopyTo(_bytes.AsSpan(Length));
        Length = needed;
        return true;
    }
}

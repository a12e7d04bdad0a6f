using System.Buffers.Binary;
using System.Text;

namespace Recording.Media.Matroska;

/// <summary>Builds EBML elements (RFC 8794) in memory; not thread-safe.</summary>
internal sealed class EbmlBuffer
{
    private byte[] _bytes = new byte[4096];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Data => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Bytes(ReadOnlySpan<byte> data)
    {
        data.CopyTo(Reserve(data.Length));
    }

    /// <summary>An element id as it stands in the file: its length marker is part of it.</summary>
    public void Id(uint id)
    {
        int length = id switch { > 0xFFFFFF => 4, > 0xFFFF => 3, > 0xFF => 2, _ => 1 };
        Span<byte> span = Reserve(length);
        for (int i = length - 1; i >= 0; i--)
        {
            span[i] = (byte)id;
            id >>= 8;
        }
    }

    /// <summary>An element's size in the fewest bytes (RFC 8794, 4: the first set bit tells the length).</summary>
    public void Size(long size)
    {
        int length = 1;
        while (length < 8 && size >= (1L << (7 * length)) - 1)
        {
            length++;
        }

        SizeOf(size, length);
    }

    /// <summary>An element's size in exactly eight bytes, so that it can be written over.</summary>
    public void LongSize(long size) => SizeOf(size, 8);

    /// <summary>The size that says "unknown", in eight bytes.</summary>
    public void UnknownSize() => Bytes([0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);

    public void Unsigned(uint id, ulong value)
    {
        int length = 1;
        while (length < 8 && value >> (8 * length) != 0)
        {
            length++;
        }

        Id(id);
        Size(length);
        Span<byte> span = Reserve(length);
        for (int i = length - 1; i >= 0; i--)
        {
            span[i] = (byte)value;
            value >>= 8;
        }
    }

    /// <summary>An unsigned value in exactly eight bytes, so that it can be written over.</summary>
    public void LongUnsigned(uint id, ulong value)
    {
        Id(id);
        Size(8);
        BinaryPrimitives.WriteUInt64BigEndian(Reserve(8), value);
    }

    public void Signed(uint id, long value)
    {
        Id(id);
        Size(8);
        BinaryPrimitives.WriteInt64BigEndian(Reserve(8), value);
    }

    public void Float(uint id, double value)
    {
        Id(id);
        Size(8);
        BinaryPrimitives.WriteDoubleBigEndian(Reserve(8), value);
    }

    public void Text(uint id, string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        Id(id);
        Size(length);
        Encoding.UTF8.GetBytes(value, Reserve(length));
    }

    public void Binary(uint id, ReadOnlySpan<byte> value)
    {
        Id(id);
        Size(value.Length);
        Bytes(value);
    }

    /// <summary>A master element with the given children.</summary>
    public void Master(uint id, EbmlBuffer children) => Binary(id, children.Data);

    /// <summary>Fills exactly <paramref name="length"/> bytes (at least 9) with a Void element.</summary>
    public void Void(int length)
    {
        Id(MatroskaId.Void);
        LongSize(length - 9);
        Reserve(length - 9).Clear();
    }

    private void SizeOf(long size, int length)
    {
        Span<byte> span = Reserve(length);
        for (int i = length - 1; i >= 0; i--)
        {
            span[i] = (byte)size;
            size >>= 8;
        }

        span[0] |= (byte)(0x80 >> (length - 1));
    }

    private Span<byte> Reserve(int length)
    {
        int needed = Length + length;
        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(needed, _bytes.Length * 2));
        }

        Span<byte> span = _bytes.AsSpan(Length, length);
        Length = needed;
        return span;
    }
}

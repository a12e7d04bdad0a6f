using System.Runtime.CompilerServices;

namespace Recording.Protocol.Frames;

/// <summary>Reads protobuf tags and values from a span; every method answers false instead of throwing.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _offset;

    public readonly bool AtEnd => _offset >= _data.Length;

    /// <summary>A tag of one or two bytes; field numbers over 2047 are none of ours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadTag(out uint tag)
    {
        tag = 0;
        if (_offset >= _data.Length)
        {
            return false;
        }

        tag = _data[_offset++];
        if (tag < 0x80)
        {
            return true;
        }

        if (_offset >= _data.Length)
        {
            return false;
        }

        uint high = _data[_offset++];
        tag = (tag & 0x7F) | (high << 7);
        return high < 0x80;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadVarint(out ulong value)
    {
        if (_offset < _data.Length && _data[_offset] < 0x80)
        {
            value = _data[_offset++];
            return true;
        }

        return TryReadLongVarint(out value);
    }

    public bool TryReadBytes(out ReadOnlySpan<byte> value)
    {
        if (!TryReadVarint(out ulong length) || length > (ulong)(_data.Length - _offset))
        {
            value = default;
            return false;
        }

        value = _data.Slice(_offset, (int)length);
        _offset += (int)length;
        return true;
    }

    private bool TryReadLongVarint(out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (_offset >= _data.Length)
            {
                return false;
            }

            byte b = _data[_offset++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        return false;
    }
}

namespace Recording.Media.Rtp;

/// <summary>Walks the elements of an RTP header extension (RFC 8285 4.2, 4.3).</summary>
public ref struct RtpExtensionEnumerator
{
    private const int OneByteStopId = 15;

    private readonly ReadOnlySpan<byte> _data;
    private readonly bool _twoByte;
    private int _offset;
    private int _id;
    private int _valueOffset;
    private int _valueLength;

    internal RtpExtensionEnumerator(ReadOnlySpan<byte> data, bool twoByte)
    {
        _data = data;
        _twoByte = twoByte;
    }

    /// <summary>The element that <see cref="MoveNext"/> found.</summary>
    public readonly RtpExtension Current => new(_id, _data.Slice(_valueOffset, _valueLength));

    /// <summary>Makes <c>foreach</c> work.</summary>
    public readonly RtpExtensionEnumerator GetEnumerator() => this;

    /// <summary>Moves to the next element; false at the end, at the one-byte form's id 15, or where an element does not fit.</summary>
    public bool MoveNext()
    {
        while (_offset < _data.Length && _data[_offset] == 0)
        {
            _offset++;
        }

        if (_offset >= _data.Length)
        {
            return false;
        }

        int headerLength = 1;
        if (_twoByte)
        {
            if (_offset + 2 > _data.Length)
            {
                return false;
            }

            headerLength = 2;
            _id = _data[_offset];
            _valueLength = _data[_offset + 1];
        }
        else
        {
            // One byte: id in the high four bits, length less one in the low four. An id of 0 with a length ends the walk (RFC 8285 4.2).
            _id = _data[_offset] >> 4;
            _valueLength = (_data[_offset] & 0x0F) + 1;
            if (_id is 0 or OneByteStopId)
            {
                return false;
            }
        }

        _valueOffset = _offset + headerLength;
        if (_valueOffset + _valueLength > _data.Length)
        {
            _offset = _data.Length;
            _valueLength = 0;
            _valueOffset = 0;
            return false;
        }

        _offset = _valueOffset + _valueLength;
        return true;
    }
}

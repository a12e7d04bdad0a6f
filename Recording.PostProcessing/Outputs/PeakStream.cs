namespace Recording.PostProcessing.Outputs;

/// <summary>Takes 16-bit samples and keeps the loudest of each so many.</summary>
/// <param name="samplesAPeak">How many.</param>
internal sealed class PeakStream(int samplesAPeak) : Stream
{
    private readonly List<short> _peaks = [];
    private int _count;
    private int _peak;
    private int _low = -1;

    /// <inheritdoc />
    public override bool CanRead => false;

    /// <inheritdoc />
    public override bool CanSeek => false;

    /// <inheritdoc />
    public override bool CanWrite => true;

    /// <inheritdoc />
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The peaks, the last one of what was left, 0..32767.</summary>
    public short[] Values() => _count > 0 ? [.. _peaks, (short)_peak] : [.. _peaks];

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc />
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        foreach (byte b in buffer)
        {
            if (_low < 0)
            {
                _low = b;
                continue;
            }

            _peak = Math.Max(_peak, Math.Min(short.MaxValue, Math.Abs((int)(short)(_low | (b << 8)))));
            _low = -1;
            if (++_count == samplesAPeak)
            {
                _peaks.Add((short)_peak);
                _count = 0;
                _peak = 0;
            }
        }
    }

    /// <inheritdoc />
    public override void Flush()
    {
    }

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();
}

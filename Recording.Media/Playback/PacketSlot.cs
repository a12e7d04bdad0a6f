using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Playback;

/// <summary>A packet that waits for its turn, in a buffer that is used again.</summary>
internal sealed class PacketSlot
{
    private byte[] _bytes = new byte[1500];
    private int _length;

    public long SequenceNumber { get; set; }

    public long Timestamp { get; set; }

    public uint RawTimestamp { get; set; }

    public ushort RawSequenceNumber { get; set; }

    public long ArrivalUs { get; set; }

    public ulong Epoch { get; set; }

    public bool Marker { get; set; }

    /// <summary>Null = holds its number, carries no media.</summary>
    public PayloadFormat? Format { get; set; }

    /// <summary>Brought back by redundancy: an original may replace it, and its arrival says nothing.</summary>
    public bool IsRedundant { get; set; }

    /// <summary>Came in its turn, so that its arrival tells the clock.</summary>
    public bool IsOnTime { get; set; }

    public int LostBefore { get; set; }

    public bool StartsSource { get; set; }

    public VideoOrientation? Orientation { get; set; }

    public ushort? FrameNumber { get; set; }

    public ReadOnlySpan<byte> Payload => _bytes.AsSpan(0, _length);

    public void SetPayload(ReadOnlySpan<byte> payload)
    {
        if (payload.Length > _bytes.Length)
        {
            _bytes = new byte[Math.Max(payload.Length, _bytes.Length * 2)];
        }

        payload.CopyTo(_bytes);
        _length = payload.Length;
    }
}

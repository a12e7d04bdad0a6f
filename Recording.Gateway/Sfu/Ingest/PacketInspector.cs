using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>Looks at each packet of one track: is it RTP, is it ours, does it begin a key frame. Not thread-safe; allocates only when a new SSRC appears.</summary>
internal sealed class PacketInspector
{
    /// <summary>A packet must fit one block with its framing.</summary>
    public const int MaxPacketLength = (64 << 10) - 32;

    private Func<uint, bool> _belongsToAnother = static _ => false;
    private TrackFormat _format = new();
    private uint _knownSsrc;
    private bool _knowsSsrc;

    /// <summary>Where key frames and gaps are watched; null = not.</summary>
    public KeyframePacer? Keyframes { get; private set; }

    /// <summary>Says where key frames are watched, and whether an SSRC was announced for another producer.</summary>
    public void Watch(KeyframePacer? keyframes, Func<uint, bool>? belongsToAnother)
    {
        Keyframes = keyframes;
        _belongsToAnother = belongsToAnother ?? (static _ => false);
    }

    /// <summary>What is known of the track; replaced, never changed, because headers that were handed over refer to it.</summary>
    public TrackFormat Format
    {
        get => _format;
        set
        {
            _format = value;
            _knowsSsrc = false;
        }
    }

    /// <summary>The last packet brought an SSRC that the format did not name; it does now.</summary>
    public bool FormatChanged { get; set; }

    /// <summary>Says what a packet is.</summary>
    /// <param name="data">RTP, or an RTCP sender report.</param>
    /// <param name="nowMs">Now, ms.</param>
    /// <param name="watch">It is new: gaps and key frames are watched. A packet that is looked at again must not count again.</param>
    public PacketVerdict Inspect(ReadOnlySpan<byte> data, long nowMs, bool watch = true)
    {
        if (data.Length > MaxPacketLength)
        {
            return PacketVerdict.Oversize;
        }

        if (Rtcp.IsRtcp(data))
        {
            return SenderReport.TryParse(data, out _) ? PacketVerdict.Kept : PacketVerdict.Malformed;
        }

        if (!RtpPacket.TryParse(data, out RtpPacket packet, out _))
        {
            return PacketVerdict.Malformed;
        }

        uint ssrc = packet.Ssrc;
        if ((ssrc != _knownSsrc || !_knowsSsrc) && !Learn(ssrc))
        {
            return PacketVerdict.Foreign;
        }

        if (watch && Keyframes is { } keyframes)
        {
            keyframes.OnPacket(ssrc, packet.SequenceNumber, nowMs);
            if (keyframes.IsWaiting && KeyframeProbe.IsKeyframe(TrackFormats.CodecOf(_format, packet.PayloadType), packet.Payload))
            {
                keyframes.OnKeyframe();
            }
        }

        return PacketVerdict.Kept;
    }

    private bool Learn(uint ssrc)
    {
        if (!TrackFormats.HasSsrc(_format, ssrc))
        {
            if (_belongsToAnother(ssrc))
            {
                return false;
            }

            if (_format.Encodings.Count < TrackFormats.MaxEncodings)
            {
                _format = _format.Clone();
                _format.Encodings.Add(new EncodingFormat { Ssrc = ssrc });
                FormatChanged = true;
            }
        }

        _knownSsrc = ssrc;
        _knowsSsrc = true;
        return true;
    }
}

namespace Recording.Simulator.Media;

/// <summary>Opus to RTP (RFC 7587): one packet a frame, 48 kHz clock, marker on the first packet of a talk spurt.</summary>
public sealed class OpusPacketizer
{
    private readonly RtpStream _stream;
    private bool _talking;

    /// <summary>Sends on <paramref name="stream"/>.</summary>
    public OpusPacketizer(RtpStream stream) => _stream = stream;

    /// <summary>The next packet starts a talk spurt: after silence or a pause.</summary>
    public void EndTalkSpurt() => _talking = false;

    /// <summary>The packet of one frame.</summary>
    public byte[] Packetize(ReadOnlySpan<byte> frame, long ticks, ReadOnlySpan<OneByteExtension> extensions)
    {
        bool marker = !_talking;
        _talking = true;
        return _stream.Build(ticks, marker, extensions, [], frame);
    }
}

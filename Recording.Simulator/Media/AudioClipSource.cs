using System.Text;

namespace Recording.Simulator.Media;

/// <summary>Opus from a clip; mid on the first packets, audio level on all, a sender report every 5 s.</summary>
public sealed class AudioClipSource : ClipPacketSource
{
    private const int PacketsWithMid = 20;
    private readonly OpusPacketizer _packetizer;
    private readonly OneByteExtension[] _first;
    private readonly OneByteExtension[] _later;

    /// <summary>Sends <paramref name="clip"/> on <paramref name="stream"/>.</summary>
    public AudioClipSource(MediaClip clip, SenderClock clock, RtpStream stream, string mid)
        : base(clip, clock, stream, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1))
    {
        _packetizer = new OpusPacketizer(stream);
        var level = new OneByteExtension(OneByteExtension.AudioLevelId, [0x80 | 30]);
        _first = [new OneByteExtension(OneByteExtension.MidId, Encoding.ASCII.GetBytes(mid)), level];
        _later = [level];
    }

    /// <inheritdoc/>
    protected override void Send(int position, long dueUs, ICollection<SourcePacket> output)
    {
        byte[] packet = _packetizer.Packetize(Clip.Frames[position].Data, FrameTicks, Stream.PacketCount < PacketsWithMid ? _first : _later);
        output.Add(new SourcePacket(dueUs, packet, IsSenderReport: false));
    }

    /// <inheritdoc/>
    protected override void OnSkipped() => _packetizer.EndTalkSpurt();
}

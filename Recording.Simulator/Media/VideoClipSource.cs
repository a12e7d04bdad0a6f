using System.Text;

namespace Recording.Simulator.Media;

/// <summary>
/// VP8 from a clip; mid on the first packets, abs-send-time on every tenth frame, a sender report every second.
/// A key frame request is answered from a second encoding of the same pictures with many key frames, until the first encoding has one of its own:
/// the picture and the timestamps go on without a jump.
/// </summary>
public sealed class VideoClipSource : ClipPacketSource
{
    private const int PacketsWithMid = 20;
    private const int FramesPerSendTime = 10;
    private readonly Vp8Packetizer _packetizer;
    private readonly MediaClip _refresh;
    private readonly List<byte[]> _packets = [];
    private readonly OneByteExtension _mid;
    private bool _refreshing;
    private bool _keyframeWanted = true;
    private bool _nothingToReferTo = true;

    /// <param name="clip">Key frames far apart, as a browser sends.</param>
    /// <param name="refresh">The same pictures with key frames close together.</param>
    /// <param name="clock">The sender's clocks.</param>
    /// <param name="stream">The SSRC it is sent on.</param>
    /// <param name="mid">Media id for the header extension, 1..16 ASCII letters.</param>
    /// <param name="random">For the first PictureID.</param>
    public VideoClipSource(MediaClip clip, MediaClip refresh, SenderClock clock, RtpStream stream, string mid, Random random)
        : base(clip, clock, stream, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.4))
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(refresh.Frames.Count, clip.Frames.Count);
        _refresh = refresh;
        _packetizer = new Vp8Packetizer(stream, random);
        _mid = new OneByteExtension(OneByteExtension.MidId, Encoding.ASCII.GetBytes(mid));
    }

    /// <inheritdoc/>
    public override void RequestKeyframe() => _keyframeWanted = true;

    /// <inheritdoc/>
    protected override void Send(int position, long dueUs, ICollection<SourcePacket> output)
    {
        EncodedFrame frame = Clip.Frames[position];
        if (frame.Keyframe)
        {
            _refreshing = _keyframeWanted = false;
        }
        else if (_keyframeWanted && _refresh.Frames[position].Keyframe)
        {
            _refreshing = true;
            _keyframeWanted = false;
        }
        else if (_nothingToReferTo)
        {
            return;
        }

        if (_refreshing)
        {
            frame = _refresh.Frames[position];
        }

        _nothingToReferTo = false;
        _packets.Clear();
        _packetizer.Packetize(frame.Data, FrameTicks, Extensions(dueUs), _packets);
        foreach (byte[] packet in _packets)
        {
            output.Add(new SourcePacket(dueUs, packet, IsSenderReport: false));
        }
    }

    /// <inheritdoc/>
    protected override void OnSkipped() => _keyframeWanted = _nothingToReferTo = true;

    private OneByteExtension[] Extensions(long dueUs)
    {
        bool mid = Stream.PacketCount < PacketsWithMid;
        bool sendTime = FrameNumber % FramesPerSendTime == 0;
        return (mid, sendTime) switch
        {
            (true, true) => [_mid, OneByteExtension.AbsoluteSendTime(dueUs)],
            (true, false) => [_mid],
            (false, true) => [OneByteExtension.AbsoluteSendTime(dueUs)],
            _ => [],
        };
    }
}

using Recording.Media.Playback;

namespace Recording.Media.Depacketizers;

/// <summary>The picture that is being put together, and what its first packet said. Its buffers are kept for the next picture.</summary>
internal sealed class PictureAssembly
{
    /// <summary>Coded bytes so far.</summary>
    public FrameBuffer Data { get; } = new();

    /// <summary>A picture is under way.</summary>
    public bool IsOpen { get; set; }

    /// <summary>A piece of it is missing or damaged.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Something was lost right before its first packet.</summary>
    public bool FollowsHole { get; private set; }

    public long Timestamp { get; private set; }

    public long ArrivalUs { get; private set; }

    public int ClockSegment { get; private set; }

    public uint Ssrc { get; private set; }

    public void Begin(in MediaPacket packet)
    {
        Data.Clear();
        IsOpen = true;
        IsBroken = false;
        FollowsHole = packet.LostBefore > 0;
        Timestamp = packet.Timestamp;
        ArrivalUs = packet.ArrivalUs;
        ClockSegment = packet.ClockSegment;
        Ssrc = packet.Ssrc;
    }

    /// <summary>Appends bytes; a picture that grows out of bounds is broken.</summary>
    public void Append(ReadOnlySpan<byte> piece) => IsBroken |= !IsBroken && !Data.TryAppend(piece);

    public MediaFrame ToFrame(ReadOnlySpan<byte> data, bool isKeyframe, int width, int height, bool followsLoss, bool isVisible = true) => new()
    {
        Data = data,
        Timestamp = Timestamp,
        ClockSegment = ClockSegment,
        Ssrc = Ssrc,
        ArrivalUs = ArrivalUs,
        IsKeyframe = isKeyframe,
        IsVisible = isVisible,
        Width = width,
        Height = height,
        FollowsLoss = followsLoss,
    };
}

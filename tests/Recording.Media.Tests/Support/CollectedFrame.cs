using Recording.Media.Depacketizers;

namespace Recording.Media.Tests.Support;

/// <summary>A frame copied out of its span.</summary>
public sealed record CollectedFrame(
    byte[] Data, long Timestamp, bool IsKeyframe, bool IsVisible, int Duration, int Width, int Height, bool FollowsLoss);

/// <summary>Keeps every frame.</summary>
public sealed class FrameCollector : IMediaFrameSink
{
    public List<CollectedFrame> Frames { get; } = [];

    public void Add(in MediaFrame frame) => Frames.Add(new CollectedFrame(
        frame.Data.ToArray(), frame.Timestamp, frame.IsKeyframe, frame.IsVisible, frame.Duration, frame.Width, frame.Height, frame.FollowsLoss));
}

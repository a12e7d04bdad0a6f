using Recording.Media.Depacketizers;
using Recording.Media.Playback;

namespace Recording.Media.Tests.Support;

/// <summary>Hands payloads to a depacketizer as playback would: in order, one sequence number after the other.</summary>
public sealed class PacketFeed(IDepacketizer depacketizer)
{
    private long _sequence;
    private bool _started;

    public FrameCollector Collected { get; } = new();

    public List<CollectedFrame> Frames => Collected.Frames;

    public void Send(long timestamp, string payloadHex, bool marker = false, int lostBefore = 0, ushort? frameNumber = null) =>
        Send(timestamp, Convert.FromHexString(payloadHex.Replace(" ", "", StringComparison.Ordinal)), marker, lostBefore, frameNumber);

    public void Send(long timestamp, byte[] payload, bool marker = false, int lostBefore = 0, ushort? frameNumber = null)
    {
        _sequence += 1 + lostBefore;
        depacketizer.Add(
            new MediaPacket
            {
                Ssrc = 1,
                PayloadType = 96,
                SequenceNumber = _sequence,
                Timestamp = timestamp,
                Marker = marker,
                LostBefore = lostBefore,
                StartsSource = !_started,
                FrameNumber = frameNumber,
                Payload = payload,
            },
            Collected);
        _started = true;
    }

    public void End() => depacketizer.Flush(Collected);
}

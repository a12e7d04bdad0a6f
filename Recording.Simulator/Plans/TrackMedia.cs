using Recording.Simulator.Media;
using Recording.Simulator.Replay;

namespace Recording.Simulator.Plans;

/// <summary>Where a track's packets come from.</summary>
public abstract record TrackMedia
{
    private TrackMedia()
    {
    }

    /// <summary>Encoded by FFmpeg: VP8 for video, Opus for audio.</summary>
    /// <param name="Settings">What it looks and sounds like.</param>
    /// <param name="Participant">Chooses colour and pitch.</param>
    public sealed record Generated(GeneratedMediaSettings Settings, int Participant) : TrackMedia;

    /// <summary>Random payloads of one size at one rate; needs no FFmpeg.</summary>
    /// <param name="PacketBytes">20..1500, RTP header included.</param>
    /// <param name="PacketsPerSecond">Rate.</param>
    public sealed record Synthetic(int PacketBytes, double PacketsPerSecond) : TrackMedia;

    /// <summary>The packets of a capture, bytes and distances in time unchanged.</summary>
    /// <param name="Stream">One SSRC, or a group of them.</param>
    public sealed record Replayed(ReplayStream Stream) : TrackMedia;
}

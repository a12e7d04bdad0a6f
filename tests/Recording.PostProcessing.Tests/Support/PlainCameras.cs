using System.Globalization;
using Recording.Media.Tests.Support;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>Cameras that show one colour each, 5 pictures a second. Every picture is the same key frame: a crowd costs one run of FFmpeg, and a camera can begin anywhere.</summary>
public static class PlainCameras
{
    private const int FrameRate = 5;

    /// <summary>A picture of each colour, as VP8 key frames.</summary>
    /// <param name="colours">As FFmpeg names them.</param>
    public static List<byte[]> Pictures(params string[] colours)
    {
        string boxes = string.Concat(colours.Select((colour, i) => string.Create(CultureInfo.InvariantCulture, $",drawbox=c={colour}:t=fill:enable='eq(n,{i})'")));
        List<byte[]> pictures = GeneratedMedia.Encode("vp8", "color=c=black:s=64x36:r=1" + boxes, colours.Length, keyFrames: 1);

        // RFC 6386 9.1: the lowest bit of a key frame is 0.
        Assert.All(pictures, picture => Assert.Equal(0, picture[0] & 1));
        return pictures;
    }

    /// <summary>A camera that is on for some stretches, in seconds; it is published with the first and ends with the last.</summary>
    public static Task AddCameraAsync(this TestRecording recording, string peer, byte[] picture, params (double From, double To)[] on)
    {
        double start = on[0].From;
        double seconds = on[^1].To - start;
        List<TestPacket> packets = [];
        for (int i = 0; i < seconds * FrameRate; i++)
        {
            double at = start + ((double)i / FrameRate);
            if (on.Any(stretch => at > stretch.From - 0.001 && at < stretch.To - 0.001))
            {
                packets.Add(new TestPacket(at, i * 90_000L / FrameRate, Assert.Single(CodecPackets.Split("vp8", picture, i)), Marker: true));
            }
        }

        return recording.AddPacketsAsync(peer, isAudio: false, "vp8", 96, 90_000, start, seconds, packets);
    }
}

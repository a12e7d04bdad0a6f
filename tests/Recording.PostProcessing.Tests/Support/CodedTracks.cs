using System.Globalization;
using Recording.Media.Tests.Support;
using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>Tracks of every codec, tiny: a picture of one colour at 5 frames a second, or a tone of G.711.</summary>
public static class CodedTracks
{
    public const int FrameRate = 5;
    private const int G711Rate = 8000;
    private const int G711Samples = 160;

    /// <summary>A camera.</summary>
    /// <param name="codec">vp8, vp9, av1, h264 or h265.</param>
    /// <param name="colour">As FFmpeg names it.</param>
    public static Task AddPicturesAsync(this TestRecording recording, string peer, string codec, string colour, double start, double seconds)
    {
        List<TestPacket> packets = [];
        List<byte[]> frames = GeneratedMedia.Encode(codec, $"color=c={colour}:s=80x60:r={FrameRate}", (int)Math.Round(seconds * FrameRate));
        for (int i = 0; i < frames.Count; i++)
        {
            List<byte[]> payloads = CodecPackets.Split(codec, frames[i], i);
            packets.AddRange(payloads.Select((payload, part) => new TestPacket(start + ((double)i / FrameRate), i * 90_000L / FrameRate, payload, part == payloads.Count - 1)));
        }

        return recording.AddPacketsAsync(peer, isAudio: false, codec, 97, 90_000, start, seconds, packets);
    }

    /// <summary>A telephone.</summary>
    /// <param name="codec">pcmu or pcma.</param>
    /// <param name="pitch">Hz.</param>
    public static async Task AddToneAsync(this TestRecording recording, string peer, string codec, int pitch, double start, double seconds)
    {
        string source = string.Create(CultureInfo.InvariantCulture, $"aevalsrc=0.5*sin(2*PI*{pitch}*t):s={G711Rate}:d={seconds}");
        using ScratchDirectory scratch = ScratchDirectory.Create();
        await Tools.Run.RunAsync(["-f", "lavfi", "-i", source, "-ac", "1", "-f", codec == "pcmu" ? "mulaw" : "alaw", "-y", "tone"], scratch.Directory);
        byte[] samples = await File.ReadAllBytesAsync(scratch.File("tone").FullName);
        List<TestPacket> packets = [.. samples.Chunk(G711Samples).Where(chunk => chunk.Length == G711Samples).Select((chunk, i) => new TestPacket(start + (i * 0.02), i * (long)G711Samples, chunk, i == 0))];
        await recording.AddPacketsAsync(peer, isAudio: true, codec, codec == "pcmu" ? (byte)0 : (byte)8, G711Rate, start, seconds, packets);
    }
}

using System.Buffers.Binary;

namespace Recording.Media.Tests.Support;

/// <summary>Real coded media, made by ffmpeg once a test run.</summary>
public static class GeneratedMedia
{
    private static readonly Lazy<List<byte[]>> Vp8 = new(() => Ivf(Ffmpeg.Run("ffmpeg",
        ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=20:duration=6", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8",
            "-b:v", "300k", "-g", "40", "-auto-alt-ref", "0", "-f", "ivf", "-"])));

    private static readonly Lazy<List<byte[]>> Opus = new(() => Ogg(Ffmpeg.Run("ffmpeg",
        ["-nostdin", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=400:duration=6:sample_rate=48000", "-ac", "2", "-c:a", "libopus", "-b:a", "32k", "-f", "ogg", "-"])));

    /// <summary>120 VP8 frames, 320x180, 20 a second, a key frame every 40.</summary>
    public static IReadOnlyList<byte[]> Vp8Frames => Vp8.Value;

    /// <summary>About 300 Opus packets of 20 ms.</summary>
    public static IReadOnlyList<byte[]> OpusPackets => Opus.Value;

    private static List<byte[]> Ivf(byte[] file)
    {
        List<byte[]> frames = [];
        for (int offset = 32; offset + 12 <= file.Length;)
        {
            int size = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(offset));
            frames.Add(file.AsSpan(offset + 12, size).ToArray());
            offset += 12 + size;
        }

        return frames;
    }

    private static List<byte[]> Ogg(byte[] file)
    {
        List<byte[]> packets = [];
        using MemoryStream packet = new();
        for (int offset = 0; offset + 27 <= file.Length;)
        {
            int segments = file[offset + 26];
            int data = offset + 27 + segments;
            for (int i = 0; i < segments; i++)
            {
                int length = file[offset + 27 + i];
                packet.Write(file, data, length);
                data += length;
                if (length < 255)
                {
                    packets.Add(packet.ToArray());
                    packet.SetLength(0);
                }
            }

            offset = data;
        }

        return packets[2..];
    }
}

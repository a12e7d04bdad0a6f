using System.Buffers.Binary;
using System.Collections.Concurrent;

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

    private static readonly ConcurrentDictionary<(string Codec, int Width, int Height, int Frames), Lazy<List<byte[]>>> Pictures = new();

    /// <summary>Frames of a test picture, 20 a second, the first one a key frame: as an encoder hands them over, H.264 and H.265 in Annex B form without delimiters.</summary>
    public static IReadOnlyList<byte[]> Video(string codec, int width = 320, int height = 180, int frames = 40) =>
        Pictures.GetOrAdd((codec, width, height, frames), static key => new Lazy<List<byte[]>>(() => Encode(key.Codec, $"testsrc=size={key.Width}x{key.Height}:rate=20", key.Frames))).Value;

    /// <summary>Frames of a lavfi source in the same form.</summary>
    public static List<byte[]> Encode(string codec, string lavfi, int frames, int keyFrames = 1000)
    {
        string[] source = ["-nostdin", "-v", "error", "-f", "lavfi", "-i", lavfi, "-pix_fmt", "yuv420p", "-frames:v", $"{frames}", "-g", $"{keyFrames}"];
        return codec switch
        {
            "vp8" => Ivf(Ffmpeg.Run("ffmpeg", [.. source, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-auto-alt-ref", "0", "-f", "ivf", "-"])),
            "vp9" => Ivf(Ffmpeg.Run("ffmpeg", [.. source, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-auto-alt-ref", "0", "-lag-in-frames", "0", "-f", "ivf", "-"])),
            "av1" => Ivf(Ffmpeg.Run("ffmpeg", [.. source, "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-b:v", "300k", "-lag-in-frames", "0", "-f", "ivf", "-"])),
            "h264" => AccessUnits(Ffmpeg.Run("ffmpeg", [.. source, "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-bf", "0", "-x264-params", "aud=1:repeat-headers=1:slices=2", "-f", "h264", "-"]), static nal => (nal & 0x1F) == 9),
            "h265" => AccessUnits(Ffmpeg.Run("ffmpeg", [.. source, "-c:v", "libx265", "-preset", "ultrafast", "-tune", "zerolatency", "-x265-params", "aud=1:repeat-headers=1:log-level=error:bframes=0", "-f", "hevc", "-"]), static nal => (nal >> 1 & 0x3F) == 35),
            _ => throw new ArgumentException(codec),
        };
    }

    /// <summary>NAL units of an Annex B byte stream.</summary>
    public static List<byte[]> NalUnits(byte[] stream)
    {
        List<byte[]> nals = [];
        int start = -1;
        for (int i = 0; i + 2 < stream.Length; i++)
        {
            if (stream[i] == 0 && stream[i + 1] == 0 && stream[i + 2] == 1)
            {
                if (start >= 0)
                {
                    int end = stream[i - 1] == 0 ? i - 1 : i;
                    nals.Add(stream[start..end]);
                }

                start = i + 3;
                i += 2;
            }
        }

        nals.Add(stream[start..]);
        return nals;
    }

    private static List<byte[]> AccessUnits(byte[] stream, Func<byte, bool> isDelimiter)
    {
        List<byte[]> units = [];
        List<byte> unit = [];
        foreach (byte[] nal in NalUnits(stream))
        {
            if (isDelimiter(nal[0]))
            {
                if (unit.Count > 0)
                {
                    units.Add([.. unit]);
                }

                unit.Clear();
                continue;
            }

            unit.AddRange([0, 0, 0, 1, .. nal]);
        }

        units.Add([.. unit]);
        return units;
    }

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

using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Recording.Media.Captures;
using Recording.Media.Rtp;

namespace Recording.Media.Tests.Support;

/// <summary>Janus's post-processor, an independent reader of the same packets.</summary>
public static class Janus
{
    /// <summary>Why it cannot be used here; null when it can.</summary>
    public static string? Absence { get; } = SharedData.Absence ?? (OnPath("janus-pp-rec") ? null : "janus-pp-rec (Debian package janus-tools) is not on the path.");

    /// <summary>Packet times in ms of what it makes of one source of a capture.</summary>
    public static long[] Times(string capture, uint ssrc, byte payloadType, string codec, string extension) =>
        [.. Ffmpeg.Probe(Make(capture, ssrc, payloadType, codec, extension), "-show_entries", "packet=pts_time")
            .Select(text => (long)Math.Round(double.Parse(text.Split(',')[0], CultureInfo.InvariantCulture) * 1000))];

    /// <summary>Decoded samples of what it makes of one source of G.711: 16 bits, little endian.</summary>
    public static byte[] Samples(string capture, uint ssrc, byte payloadType, string codec) => Ffmpeg.Samples(Make(capture, ssrc, payloadType, codec, "wav"));

    private static byte[] Make(string capture, uint ssrc, byte payloadType, string codec, string extension)
    {
        string folder = Directory.CreateTempSubdirectory("janus-").FullName;
        try
        {
            string mjr = Path.Combine(folder, "track.mjr");
            string output = Path.Combine(folder, "track." + extension);
            File.WriteAllBytes(mjr, Mjr(capture, ssrc, payloadType, codec));
            Ffmpeg.Run("janus-pp-rec", ["-d", "0", mjr, output]);
            return File.ReadAllBytes(output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // "MJR00002", u16 length, JSON; then for each packet "MEET", u32 ms since the first, u16 length, RTP: big-endian.
    private static byte[] Mjr(string capture, uint ssrc, byte payloadType, string codec)
    {
        using FileStream stream = File.OpenRead(SharedData.PathOf(capture));
        CaptureReader reader = CaptureReader.Open(stream);
        using MemoryStream file = new();
        byte[] number = new byte[4];
        long firstUs = 0;
        while (reader.Read())
        {
            ReadOnlySpan<byte> packet = reader.Payload.Span;
            if (Rtcp.IsRtcp(packet) || !RtpPacket.TryParse(packet, out RtpPacket parsed, out _) || parsed.Ssrc != ssrc || parsed.PayloadType != payloadType)
            {
                continue;
            }

            if (file.Length == 0)
            {
                firstUs = reader.TimeUs;
                string kind = codec is "opus" or "pcmu" or "pcma" ? "a" : "v";
                byte[] header = Encoding.UTF8.GetBytes($$"""{"t":"{{kind}}","c":"{{codec}}","s":{{firstUs}},"u":{{firstUs}}}""");
                file.Write("MJR00002"u8);
                BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)header.Length);
                file.Write(number, 0, 2);
                file.Write(header);
            }

            file.Write("MEET"u8);
            BinaryPrimitives.WriteUInt32BigEndian(number, (uint)((reader.TimeUs - firstUs) / 1000));
            file.Write(number);
            BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)packet.Length);
            file.Write(number, 0, 2);
            file.Write(packet);
        }

        return file.ToArray();
    }

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));
}

/// <summary>A test beside janus-pp-rec on real captures: skipped, with the reason, where either is absent.</summary>
public sealed class JanusFactAttribute : FactAttribute
{
    public JanusFactAttribute() => Skip = Janus.Absence;
}

/// <summary>A theory beside janus-pp-rec on real captures: skipped, with the reason, where either is absent.</summary>
public sealed class JanusTheoryAttribute : TheoryAttribute
{
    public JanusTheoryAttribute() => Skip = Janus.Absence;
}

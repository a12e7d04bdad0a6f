using Recording.Media.Remuxing;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Support;

/// <summary>
/// One source of real coded media as packets with arrival times, to be lost, delayed and repeated by a test. Media time 0 is <see cref="Start"/>; without
/// jitter every first packet of a frame arrives <see cref="DelayUs"/> after it was captured.
/// </summary>
public sealed class MediaTrack
{
    public const long Start = SimulatedSender.EpochUs;
    public const long DelayUs = 20_000;
    private const long PacketGapUs = 200;
    private int _picture;

    public required string Codec { get; init; }

    public uint Ssrc { get; init; } = 0x1000;

    public byte PayloadType { get; init; } = 96;

    public ushort Sequence { get; set; }

    public uint FirstTimestamp { get; init; } = 90_000;

    /// <summary>Rate of the media clock against true time, ppm.</summary>
    public double SkewPpm { get; init; }

    public bool IsAudio => Codec is "opus" or "pcmu" or "pcma";

    public uint ClockRate => Codec switch { "opus" => 48_000, "pcmu" or "pcma" => 8_000, _ => 90_000 };

    /// <summary>What arrives: when, what, and of which frame.</summary>
    public List<(long AtUs, byte[] Data, int Frame)> Packets { get; } = [];

    /// <summary>Media time of every frame in µs.</summary>
    public List<long> FrameTimes { get; } = [];

    public TrackFormat Format { get; set; } = new();

    public static MediaTrack Video(string codec = "vp8", uint ssrc = 0x1000, ushort sequence = 0, uint timestamp = 90_000) =>
        new() { Codec = codec, Ssrc = ssrc, Sequence = sequence, FirstTimestamp = timestamp, Format = TrackFileBuilder.Of(codec, 96, 97) };

    public static MediaTrack Audio(string codec = "opus", uint ssrc = 0x2000, ushort sequence = 0, uint timestamp = 48_000) => new()
    {
        Codec = codec,
        Ssrc = ssrc,
        Sequence = sequence,
        FirstTimestamp = timestamp,
        PayloadType = codec == "opus" ? (byte)111 : (byte)0,
        Format = codec == "opus" ? TrackFileBuilder.Opus() : TrackFileBuilder.Of(codec, 0, clockRate: 8000),
    };

    /// <summary>Adds a frame that is captured at a media time, and its packets.</summary>
    public MediaTrack Add(long mediaUs, byte[] frame, uint timestampOffset = 0, byte? orientation = null)
    {
        List<byte[]> payloads = CodecPackets.Split(Codec, frame, _picture++);
        for (int i = 0; i < payloads.Count; i++)
        {
            bool isLast = i == payloads.Count - 1;
            byte[] packet = RtpBytes.Packet(Ssrc, PayloadType, Sequence++, Timestamp(mediaUs) + timestampOffset, payloads[i], marker: !IsAudio && isLast);
            if (orientation is byte turn && isLast)
            {
                packet = [(byte)(packet[0] | 0x10), .. packet.AsSpan(1, 11), 0xBE, 0xDE, 0, 1, 0xD0, turn, 0, 0, .. packet.AsSpan(12)];
            }

            Packets.Add((Start + mediaUs + DelayUs + (i * PacketGapUs), packet, FrameTimes.Count));
        }

        FrameTimes.Add(mediaUs);
        return this;
    }

    /// <summary>Adds frames one after the other.</summary>
    public MediaTrack Add(long fromUs, long intervalUs, IEnumerable<byte[]> frames)
    {
        foreach (byte[] frame in frames)
        {
            Add(fromUs, frame);
            fromUs += intervalUs;
        }

        return this;
    }

    /// <summary>Packets of 20 ms for so long.</summary>
    public MediaTrack AddSound(long fromUs, double seconds) =>
        Add(fromUs, 20_000, Enumerable.Range(0, (int)(seconds * 50)).Select(i => GeneratedMedia.OpusPackets[i % GeneratedMedia.OpusPackets.Count]));

    /// <summary>Pictures of 50 ms for so long, with a key frame every 2 s.</summary>
    public MediaTrack AddPictures(long fromUs, double seconds, int first = 0) =>
        Add(fromUs, 50_000, Enumerable.Range(first, (int)(seconds * 20)).Select(i => GeneratedMedia.Vp8Frames[i % GeneratedMedia.Vp8Frames.Count]));

    /// <summary>Adds a sender report of a media time that arrives with the media of that time.</summary>
    public MediaTrack Report(long mediaUs, double wallSeconds = 0)
    {
        double seconds = ((Start + mediaUs) / 1e6) + 2_208_988_800 + wallSeconds;
        ulong whole = (ulong)Math.Floor(seconds);
        byte[] report = new byte[SenderReport.Length];
        new SenderReport(Ssrc, (whole << 32) | (ulong)((seconds - whole) * 4_294_967_296.0), Timestamp(mediaUs), 0, 0).Write(report);
        Packets.Add((Start + mediaUs + DelayUs, report, -1));
        return this;
    }

    /// <summary>Removes packets; returns how many.</summary>
    public int Lose(Func<int, long, bool> isLost)
    {
        int number = 0;
        return Packets.RemoveAll(packet => packet.Frame >= 0 && isLost(number++, packet.AtUs - Start));
    }

    public TrackFileBuilder ToFile(TrackFileBuilder? builder = null)
    {
        builder ??= new TrackFileBuilder(IsAudio ? "audio" : "video", Format);
        foreach ((long atUs, byte[] data, _) in Packets.OrderBy(static packet => packet.AtUs))
        {
            builder.Add(atUs, data);
        }

        return builder;
    }

    /// <summary>Remuxes the track alone, or by the options, and checks that FFmpeg decodes it without a word.</summary>
    public (RemuxResult Result, byte[] File) Remux(RemuxOptions? options = null) => Remux(ToFile().Build(), options);

    public static (RemuxResult Result, byte[] File) Remux(byte[] track, RemuxOptions? options = null)
    {
        using MemoryStream output = new();
        RemuxResult result = TrackRemuxer.Remux(new MemoryStream(track), output, options);
        byte[] file = output.ToArray();
        Assert.True(file.Length > 0, $"nothing was written; dropped {result.DroppedFrames}, skipped {result.SkippedPackets}");
        Assert.Equal("", Ffmpeg.DecodeErrors(file));
        return (result, file);
    }

    private uint Timestamp(long mediaUs) => unchecked(FirstTimestamp + (uint)(long)Math.Round(mediaUs / 1e6 * ClockRate * (1 + (SkewPpm / 1e6))));
}

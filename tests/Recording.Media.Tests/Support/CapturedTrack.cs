using System.Buffers.Binary;
using Recording.Media.Captures;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Support;

/// <summary>Makes a track file of some sources of a real capture: their RTP and sender reports with their arrival times.</summary>
public static class CapturedTrack
{
    public static byte[] Build(string capture, string kind, TrackFormat format, params uint[] ssrcs) => Build(capture, snapLength: 0, kind, format, ssrcs);

    /// <summary>The same of a capture that was cut and does not say so.</summary>
    public static byte[] Build(string capture, int snapLength, string kind, TrackFormat format, params uint[] ssrcs)
    {
        using FileStream stream = File.OpenRead(SharedData.PathOf(capture));
        CaptureReader reader = CaptureReader.Open(stream, snapLength);
        TrackFileBuilder builder = new(kind, format);
        byte[] report = new byte[SenderReport.Length];
        while (reader.Read())
        {
            ReadOnlySpan<byte> payload = reader.Payload.Span;
            if (Rtcp.IsRtcp(payload))
            {
                if (SenderReport.TryParse(payload, out SenderReport parsed) && ssrcs.Contains(parsed.Ssrc))
                {
                    parsed.Write(report);
                    builder.Add(reader.TimeUs, report);
                }
            }
            else if (payload.Length >= 12 && ssrcs.Contains(BinaryPrimitives.ReadUInt32BigEndian(payload[8..])))
            {
                builder.Add(reader.TimeUs, payload);
            }
        }

        Assert.Null(reader.Defect);
        return builder.Build();
    }
}

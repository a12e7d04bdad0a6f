using System.Diagnostics.CodeAnalysis;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Depacketizers;

/// <summary>Takes the codecs of <see cref="RenderableCodecs"/> out of RTP.</summary>
public static class DepacketizerFactory
{
    /// <summary>Makes the depacketizer of a payload type; false when its codec is recorded raw only (3002).</summary>
    public static bool TryCreate(PayloadFormat format, [NotNullWhen(true)] out IDepacketizer? depacketizer)
    {
        ArgumentNullException.ThrowIfNull(format);
        depacketizer = format.Codec switch
        {
            "opus" => new OpusDepacketizer((int)format.Channels),
            "pcmu" or "pcma" => new G711Depacketizer(format.Codec, (int)Math.Max(1, format.ClockRate), (int)format.Channels),
            "vp8" => new Vp8Depacketizer(),
            "vp9" => new Vp9Depacketizer(),
            "av1" => new Av1Depacketizer(),
            "h265" => new H265Depacketizer(format.Fmtp),
            "h264" => new H264Depacketizer(format.Fmtp),
            _ => null,
        };
        return depacketizer is not null;
    }
}

using Recording.Media.TrackFiles.Wire;
using Wire = Recording.Protocol.Sfu;

namespace Recording.Gateway.Sfu.Ingest;

/// <summary>Makes the format of a track from what an SFU says of it.</summary>
internal static class TrackFormats
{
    /// <summary>More would be noise, and each new one costs a format block.</summary>
    public const int MaxEncodings = 32;

    public static TrackFormat Of(Wire.TrackInfo info) => Build(
        info.PayloadTypes, info.HeaderExtensions, info.Encodings, info.PayloadType, info.Ssrc, info.Codec, info.ClockRate, info.Channels, info.Kind);

    public static TrackFormat Of(Wire.ProducerCreated producer) => Build(
        producer.PayloadTypes, producer.HeaderExtensions, producer.Encodings,
        producer.PayloadType, producer.Ssrc, producer.Codec, producer.ClockRate, producer.Channels, producer.Kind);

    /// <summary>Whether anything is known.</summary>
    public static bool IsEmpty(TrackFormat format) => format.PayloadTypes.Count == 0 && format.Encodings.Count == 0;

    public static bool HasSsrc(TrackFormat format, uint ssrc)
    {
        foreach (EncodingFormat encoding in format.Encodings)
        {
            if (encoding.Ssrc == ssrc || (encoding.RtxSsrc != 0 && encoding.RtxSsrc == ssrc))
            {
                return true;
            }
        }

        return false;
    }

    public static string CodecOf(TrackFormat format, int payloadType)
    {
        foreach (PayloadFormat payload in format.PayloadTypes)
        {
            if (payload.Pt == payloadType)
            {
                return payload.Codec;
            }
        }

        return "";
    }

    private static TrackFormat Build(
        IList<Wire.PayloadType> payloadTypes, IList<Wire.HeaderExtension> extensions, IList<Wire.Encoding> encodings,
        int payloadType, uint ssrc, string codec, int clockRate, int channels, string kind)
    {
        var format = new TrackFormat();
        foreach (Wire.PayloadType type in payloadTypes)
        {
            var payload = new PayloadFormat { Pt = type.Pt, Codec = CodecName(type.Codec), ClockRate = type.ClockRate, Channels = type.Channels, Fmtp = type.Fmtp };
            if (type.HasApt)
            {
                payload.Apt = type.Apt;
            }

            format.PayloadTypes.Add(payload);
        }

        if (format.PayloadTypes.Count == 0 && codec.Length > 0)
        {
            string name = CodecName(codec);
            format.PayloadTypes.Add(new PayloadFormat
            {
                Pt = (uint)Math.Clamp(payloadType, 0, 127),
                Codec = name,
                ClockRate = clockRate > 0 ? (uint)clockRate : DefaultClockRate(name, kind),
                Channels = channels > 0 ? (uint)channels : name == "opus" ? 2u : kind == "audio" ? 1u : 0u,
            });
        }

        foreach (Wire.Encoding encoding in encodings.Take(MaxEncodings))
        {
            format.Encodings.Add(new EncodingFormat
            {
                Ssrc = encoding.Ssrc,
                Rid = encoding.Rid,
                RtxSsrc = encoding.RtxSsrc,
                ProducerSsrc = encoding.ProducerSsrc,
                ScalabilityMode = encoding.ScalabilityMode,
            });
        }

        if (format.Encodings.Count == 0 && ssrc != 0)
        {
            format.Encodings.Add(new EncodingFormat { Ssrc = ssrc });
        }

        foreach (Wire.HeaderExtension extension in extensions)
        {
            format.HeaderExtensions.Add(new ExtensionFormat { Id = extension.Id, Uri = extension.Uri });
        }

        return format;
    }

    // SFUs say "opus", "audio/opus" or "VP8".
    private static string CodecName(string codec) => codec[(codec.LastIndexOf('/') + 1)..].ToLowerInvariant();

    private static uint DefaultClockRate(string codec, string kind) => codec switch
    {
        "opus" => 48_000,
        "pcmu" or "pcma" or "g722" => 8_000,
        _ => kind == "video" ? 90_000u : 48_000u,
    };
}

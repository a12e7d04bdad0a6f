using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Playback;

/// <summary>What payload types and RTX sources mean at this place of the file.</summary>
internal sealed class FormatTable
{
    private readonly PayloadFormat?[] _formats = new PayloadFormat?[128];
    private readonly Dictionary<uint, uint> _mediaOfRtx = [];
    private bool _isAudio;

    // The first bytes of a dependency descriptor stand alone: |S|E|template id| frame number (16 bits) |.
    private const string DependencyDescriptorUri = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension";

    /// <summary>The format in force; null before the first.</summary>
    public TrackFormat? Current { get; private set; }

    /// <summary>The format names no payload type.</summary>
    public bool IsGuessing { get; private set; }

    /// <summary>Header extension id of <see cref="Rtp.VideoOrientation"/>; 0 = none.</summary>
    public int OrientationId { get; private set; }

    /// <summary>Header extension id of the dependency descriptor; 0 = none.</summary>
    public int DependencyId { get; private set; }

    /// <summary>The codec is one whose packets are media, not signals, repair or silence.</summary>
    public static bool CarriesMedia(string codec) => codec is not ("telephone-event" or "cn" or "ulpfec" or "flexfec" or "flexfec-03" or "rtx");

    /// <summary>Takes over a format; RTX sources of earlier ones stay known, for what is still under way.</summary>
    public void Use(TrackFormat format, string kind)
    {
        Current = format;
        _isAudio = kind == "audio";
        Array.Clear(_formats);
        foreach (PayloadFormat payload in format.PayloadTypes)
        {
            if (payload.Pt < (uint)_formats.Length && payload.ClockRate > 0)
            {
                _formats[payload.Pt] = payload;
            }
        }

        foreach (EncodingFormat encoding in format.Encodings)
        {
            if (encoding.RtxSsrc != 0)
            {
                _mediaOfRtx[encoding.RtxSsrc] = encoding.Ssrc;
            }
        }

        OrientationId = IdOf(format, VideoOrientation.Uri);
        DependencyId = IdOf(format, DependencyDescriptorUri);
        IsGuessing = format.PayloadTypes.Count == 0;
    }

    private static int IdOf(TrackFormat format, string uri)
    {
        foreach (ExtensionFormat extension in format.HeaderExtensions)
        {
            if (extension.Uri == uri)
            {
                return (int)Math.Min(extension.Id, byte.MaxValue);
            }
        }

        return 0;
    }

    /// <summary>The payload type's format; null when it is not named.</summary>
    public PayloadFormat? Of(byte payloadType)
    {
        if (!IsGuessing)
        {
            return _formats[payloadType];
        }

        // A sender that says nothing of its codecs: what every browser sends by default.
        return _formats[payloadType] ??= _isAudio
            ? new PayloadFormat { Pt = payloadType, Codec = "opus", ClockRate = 48_000, Channels = 2 }
            : new PayloadFormat { Pt = payloadType, Codec = "vp8", ClockRate = 90_000 };
    }

    /// <summary>The format that an RTX payload type repeats; null when it is not named.</summary>
    public PayloadFormat? OriginalOf(PayloadFormat rtx) => rtx.HasApt && rtx.Apt < (uint)_formats.Length ? _formats[rtx.Apt] : null;

    /// <summary>The media source that an RTX source repeats.</summary>
    public bool TryGetMediaSource(uint rtxSsrc, out uint ssrc) => _mediaOfRtx.TryGetValue(rtxSsrc, out ssrc);
}

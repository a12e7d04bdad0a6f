using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.TrackFiles;

/// <summary>Payload types of a track format by number.</summary>
public sealed class PayloadFormats
{
    private readonly PayloadFormat?[] _byNumber = new PayloadFormat?[128];

    /// <param name="format">What holds; numbers over 127 are left out.</param>
    public PayloadFormats(TrackFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        foreach (PayloadFormat payload in format.PayloadTypes)
        {
            if (payload.Pt < _byNumber.Length)
            {
                _byNumber[payload.Pt] = payload;
                IsEmpty = false;
            }
        }
    }

    /// <summary>Nothing is known: an SFU that announced no payload types.</summary>
    public bool IsEmpty { get; } = true;

    /// <summary>The format of a payload type; null = not announced.</summary>
    public PayloadFormat? this[byte payloadType] => payloadType < _byNumber.Length ? _byNumber[payloadType] : null;

    /// <summary>Whether a codec's packets lie in the media's sequence numbers: all but those on an SSRC of their own for repair.</summary>
    public static bool IsMedia(string codec) => codec is not ("rtx" or "flexfec-03" or "flexfec");
}

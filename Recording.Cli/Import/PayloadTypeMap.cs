using System.Globalization;
using Recording.Media.Captures;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;

namespace Recording.Cli.Import;

/// <summary>Reads <c>--map pt=codec/clock[/channels][;fmtp]</c>.</summary>
public static class PayloadTypeMap
{
    private const int MaxPayloadType = 127;

    /// <summary>One mapping.</summary>
    /// <exception cref="RecordingException">1003: it has another form.</exception>
    public static PayloadFormat Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] halves = text.Split(';', 2, StringSplitOptions.TrimEntries);
        string[] sides = halves[0].Split('=', StringSplitOptions.TrimEntries);
        string[] parts = sides.Length == 2 ? sides[1].Split('/', StringSplitOptions.TrimEntries) : [];
        if (parts.Length is not (2 or 3)
            || !TryNumber(sides[0], out uint type)
            || type > MaxPayloadType
            || parts[0].Length == 0
            || !TryNumber(parts[1], out uint clockRate)
            || clockRate is 0 or > int.MaxValue
            || !TryNumber(parts.ElementAtOrDefault(2) ?? "0", out uint channels)
            || channels > byte.MaxValue)
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"--map is pt=codec/clock[/channels][;fmtp], as in 111=opus/48000/2 or '97=rtx/90000;apt=96'; found '{text}'");
        }

        string codec = parts[0].ToLowerInvariant();
        var format = new PayloadFormat
        {
            Pt = type,
            Codec = codec,
            ClockRate = clockRate,
            Channels = channels > 0 ? channels : KnownCodecs.KindOf(codec, clockRate) == "audio" ? 1u : 0u,
            Fmtp = halves.ElementAtOrDefault(1) ?? "",
        };
        string? apt = format.Fmtp.Split(';', StringSplitOptions.TrimEntries).FirstOrDefault(parameter => parameter.StartsWith("apt=", StringComparison.OrdinalIgnoreCase));
        if (apt is not null && TryNumber(apt[4..], out uint original) && original <= MaxPayloadType)
        {
            format.Apt = original;
        }

        return format;
    }

    private static bool TryNumber(string text, out uint number) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures;

/// <summary>
/// Janus recordings, big endian. New: "MJR0000" and a version digit, u16 length, a JSON header, then records of "MEET", u32 ms since the first frame
/// (version 2; "ECHO" before), u16 length and RTP. Old: "MEETECHO", u16 5, "audio" or "video", then records of "MEETECHO", u16 length and RTP, with no
/// times at all: they are told from RTP timestamps. Damage is passed over to the next record.
/// </summary>
internal sealed class MjrReader(byte[] start, Stream stream) : CaptureReader(start, stream)
{
    private const int RecordHeaderLength = 10;
    private const int MagicLength = 8;
    private const int KindLength = 5;
    private const int MinRtpLength = 12;
    private const byte RtpVersion = 0x80;

    private readonly byte[] _header = new byte[RecordHeaderLength];
    private bool _hasTimes;
    private long _baseUs;
    private uint? _lastTimestamp;
    private long _ticks;

    public override string Format => "mjr";

    private static ReadOnlySpan<byte> NewMagic => "MJR0000"u8;

    private static ReadOnlySpan<byte> RecordMagic => "MEET"u8;

    private static ReadOnlySpan<byte> OldMagic => "MEETECHO"u8;

    public static bool IsMagic(ReadOnlySpan<byte> start) => start.StartsWith(NewMagic[..4]) || start.StartsWith(RecordMagic);

    public override bool Read()
    {
        while (Defect is null && TryTake(RecordHeaderLength, out ReadOnlySpan<byte> taken, mayEnd: true))
        {
            taken.CopyTo(_header);
            if (!IsHeader() && !TryResync())
            {
                return false;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(MagicLength));
            if (_header.AsSpan().StartsWith(NewMagic))
            {
                if (!ReadNewHeader(length))
                {
                    return false;
                }
            }
            else if (length == KindLength && _header.AsSpan().StartsWith(OldMagic) && !_hasTimes)
            {
                if (!ReadOldHeader())
                {
                    return false;
                }
            }
            else if (TryRecord(length))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsHeader() => _header.AsSpan().StartsWith(NewMagic) || (_header.AsSpan().StartsWith(RecordMagic) && (_hasTimes || _header.AsSpan().StartsWith(OldMagic)));

    // Shifts byte by byte until the window looks like a record again.
    private bool TryResync()
    {
        if (Description is null)
        {
            Defect = "The file begins like a Janus recording and has no header of one.";
            return false;
        }

        Resyncs++;
        while (TryTake(1, out ReadOnlySpan<byte> one, mayEnd: true))
        {
            _header.AsSpan(1).CopyTo(_header);
            _header[^1] = one[0];
            if (IsHeader())
            {
                return true;
            }
        }

        Defect = "The file is damaged, and no record follows the damage.";
        return false;
    }

    private bool TryRecord(int length)
    {
        if (Description is null)
        {
            Defect = "A record stands before the header that should describe it.";
            return false;
        }

        long ms = _hasTimes ? BinaryPrimitives.ReadUInt32BigEndian(_header.AsSpan(4)) : 0;
        if (!TryTake(length, out ReadOnlySpan<byte> packet))
        {
            return false;
        }

        // Shorter ones are what Janus writes for other things; a wrong version is a record that was found inside damage.
        if (length < MinRtpLength || (packet[0] & 0xC0) != RtpVersion)
        {
            NotUdp++;
            return false;
        }

        TimeUs = _hasTimes ? _baseUs + (ms * 1000) : MediaTime(BinaryPrimitives.ReadUInt32BigEndian(packet[4..]));
        Payload = Taken(0, length);
        return true;
    }

    // Signed steps from packet to packet, so that reordering and the wrap of 32 bits do no harm.
    private long MediaTime(uint timestamp)
    {
        _ticks += _lastTimestamp is { } last ? unchecked((int)(timestamp - last)) : 0;
        _lastTimestamp = timestamp;
        return _baseUs + (long)(_ticks * 1e6 / Description!.ClockRate);
    }

    private bool ReadOldHeader()
    {
        if (!TryTake(KindLength, out ReadOnlySpan<byte> kind))
        {
            return false;
        }

        if (!kind.SequenceEqual("audio"u8) && !kind.SequenceEqual("video"u8))
        {
            Defect = "The old Janus header names neither audio nor video.";
            return false;
        }

        // What Janus could record then.
        Description = (kind[0] == 'a' ? Of("audio", "opus") : Of("video", "vp8")) with { HasNoTimes = true };
        return true;
    }

    private bool ReadNewHeader(int length)
    {
        _hasTimes = _header[7] >= '2';
        if (!TryTake(length, out _))
        {
            return false;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(Taken(0, length));
            return json.RootElement.ValueKind == JsonValueKind.Object && Describe(json.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            Defect = $"The Janus header cannot be read: {exception.Message}";
            return false;
        }
        finally
        {
            Defect ??= Description is null ? "The Janus header is no JSON object." : null;
        }
    }

    private bool Describe(JsonElement header)
    {
        string type = Text(header, "t");
        if (type is not ("a" or "v"))
        {
            Defect = type == "d"
                ? "It is a Janus recording of a data channel: it holds no RTP."
                : $"The Janus header's type is '{type}': 'a' and 'v' can be read.";
            return false;
        }

        long createdUs = Number(header, "s");
        _baseUs = Number(header, "u") is > 0 and var firstUs ? firstUs : createdUs;
        if (_baseUs is < 0 or > CaptureTime.MaxMs * 1000)
        {
            Defect = $"The Janus header says that recording began {_baseUs} µs after 1970.";
            return false;
        }

        string codec = Text(header, "c").ToLowerInvariant();
        Description = Of(type == "a" ? "audio" : "video", codec switch { "" => type == "a" ? "opus" : "vp8", "g711" => "pcmu", _ => codec }) with
        {
            Fmtp = Text(header, "f"),
            Label = Text(header, "d"),
            RedPayloadType = Number(header, "or") is > 0 and < 128 and var red ? (byte)red : null,
            IsEncrypted = header.TryGetProperty("e", out JsonElement encrypted) && encrypted.ValueKind == JsonValueKind.True,
            HasNoTimes = !_hasTimes,
            Extensions = Extensions(header),
        };
        return true;
    }

    private static StreamDescription Of(string kind, string codec)
    {
        (uint clockRate, uint channels) = KnownCodecs.DefaultsOf(codec);
        return new StreamDescription { Kind = kind, Codec = codec == "l16-48" ? "l16" : codec, ClockRate = clockRate, Channels = kind == "audio" ? Math.Max(1, channels) : 0 };
    }

    private static string Text(JsonElement header, string name) =>
        header.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static long Number(JsonElement header, string name) =>
        header.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : 0;

    private static List<ExtensionFormat> Extensions(JsonElement header)
    {
        List<ExtensionFormat> extensions = [];
        if (header.TryGetProperty("x", out JsonElement map) && map.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in map.EnumerateObject())
            {
                if (uint.TryParse(property.Name, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id is > 0 and < 256 && property.Value.ValueKind == JsonValueKind.String)
                {
                    extensions.Add(new ExtensionFormat { Id = id, Uri = property.Value.GetString()! });
                }
            }
        }

        return extensions;
    }
}

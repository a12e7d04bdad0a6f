using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Captures.Export;

/// <summary>Writes a Janus recording (MJR00002) of one source: RTP alone, times in ms.</summary>
public sealed class MjrWriter
{
    /// <summary>janus-pp-rec drops longer packets.</summary>
    public const int MaxJanusPacket = 1500;

    // janus-pp-rec reads no longer header.
    private const int MaxHeader = 1499;
    private const int RecordHeaderLength = 10;

    private static readonly JsonSerializerOptions _plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _output;
    private readonly long _startUs;
    private readonly byte[] _header = new byte[RecordHeaderLength];

    /// <param name="output">Where the file goes; not closed.</param>
    /// <param name="startUs">Time of the first packet or before, µs since 1970.</param>
    /// <param name="kind">audio or video.</param>
    /// <param name="format">The codec.</param>
    /// <param name="redPayloadType">Payload type of RED around it; null = none.</param>
    /// <param name="extensions">Left out when they do not fit.</param>
    /// <param name="label">What it is; left out when it does not fit.</param>
    public MjrWriter(Stream output, long startUs, string kind, PayloadFormat format, uint? redPayloadType, IEnumerable<ExtensionFormat> extensions, string label)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(format);
        _output = output;
        _startUs = startUs;
        var json = new SortedDictionary<string, object>(StringComparer.Ordinal)
        {
            ["t"] = kind == "audio" ? "a" : "v",
            ["c"] = format.Codec,
            ["s"] = startUs,
            ["u"] = startUs,
        };
        Add(json, "f", format.Fmtp, format.Fmtp.Length > 0);
        Add(json, "or", redPayloadType ?? 0, redPayloadType is not null);
        Dictionary<string, string> map = extensions.DistinctBy(extension => extension.Id).ToDictionary(extension => $"{extension.Id}", extension => extension.Uri, StringComparer.Ordinal);
        Add(json, "x", map, map.Count > 0);
        Add(json, "d", label, label.Length > 0);
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(json, _plain);
        output.Write("MJR00002"u8);
        BinaryPrimitives.WriteUInt16BigEndian(_header, (ushort)text.Length);
        output.Write(_header, 0, sizeof(ushort));
        output.Write(text);
    }

    /// <summary>Writes a packet; false when its time does not fit (49 days after the start).</summary>
    public bool TryWrite(long timeUs, ReadOnlySpan<byte> packet)
    {
        long ms = (timeUs - _startUs) / 1000;
        if (packet.Length > ushort.MaxValue || ms is < 0 or > uint.MaxValue)
        {
            return false;
        }

        "MEET"u8.CopyTo(_header);
        BinaryPrimitives.WriteUInt32BigEndian(_header.AsSpan(4), (uint)ms);
        BinaryPrimitives.WriteUInt16BigEndian(_header.AsSpan(8), (ushort)packet.Length);
        _output.Write(_header);
        _output.Write(packet);
        return true;
    }

    private static void Add(SortedDictionary<string, object> json, string name, object value, bool isThere)
    {
        if (!isThere)
        {
            return;
        }

        json[name] = value;
        if (JsonSerializer.SerializeToUtf8Bytes(json, _plain).Length > MaxHeader)
        {
            json.Remove(name);
        }
    }
}

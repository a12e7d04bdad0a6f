using System.Buffers.Binary;

namespace Recording.Media.Rtp;

/// <summary>A view of one RTP packet (RFC 3550 5.1) over bytes that somebody else owns; parsing copies nothing.</summary>
/// <remarks>
/// <code>
///  0                   1                   2                   3
///  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
/// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
/// |V=2|P|X|  CC   |M|     PT      |       sequence number         |
/// |                           timestamp                           |
/// |           synchronization source (SSRC) identifier            |
/// |            contributing source (CSRC) identifiers ...         |
/// |    extension profile          |   length in 32-bit words      |
/// </code>
/// </remarks>
public readonly ref struct RtpPacket
{
    /// <summary>Bytes of the fixed header.</summary>
    public const int FixedHeaderLength = 12;

    /// <summary>Profile of one-byte extension elements (RFC 8285 4.2).</summary>
    public const ushort OneByteProfile = 0xBEDE;

    /// <summary>Profile of two-byte extension elements, whose low four bits are free (RFC 8285 4.3).</summary>
    public const ushort TwoByteProfile = 0x1000;

    private const int Version = 2;
    private const int VersionShift = 6;
    private const int PaddingBit = 0x20;
    private const int ExtensionBit = 0x10;
    private const int CsrcCountMask = 0x0F;
    private const int MarkerBit = 0x80;
    private const int PayloadTypeMask = 0x7F;
    private const int TwoByteProfileMask = 0xFFF0;
    private const int ExtensionHeaderLength = 4;

    private readonly ReadOnlySpan<byte> _data;
    private readonly ReadOnlySpan<byte> _extension;

    private RtpPacket(ReadOnlySpan<byte> data, ReadOnlySpan<byte> extension, ushort profile, int headerLength, int paddingLength)
    {
        _data = data;
        _extension = extension;
        ExtensionProfile = profile;
        HeaderLength = headerLength;
        PaddingLength = paddingLength;
    }

    /// <summary>0 to 127; what it means is in the track's format.</summary>
    public byte PayloadType => (byte)(_data[1] & PayloadTypeMask);

    /// <summary>For video the end of a frame, for audio the start of a talk spurt.</summary>
    public bool Marker => (_data[1] & MarkerBit) != 0;

    /// <summary>Counts packets of the SSRC and wraps at 65536.</summary>
    public ushort SequenceNumber => BinaryPrimitives.ReadUInt16BigEndian(_data[2..]);

    /// <summary>Sampling instant in ticks of the codec's clock; wraps at 2^32.</summary>
    public uint Timestamp => BinaryPrimitives.ReadUInt32BigEndian(_data[4..]);

    /// <summary>The source.</summary>
    public uint Ssrc => BinaryPrimitives.ReadUInt32BigEndian(_data[8..]);

    /// <summary>Contributing sources, 0 to 15.</summary>
    public int CsrcCount => _data[0] & CsrcCountMask;

    /// <summary>The header extension's profile; 0 when there is none (see <see cref="HasExtension"/>).</summary>
    public ushort ExtensionProfile { get; }

    /// <summary>Whether the packet has a header extension.</summary>
    public bool HasExtension => (_data[0] & ExtensionBit) != 0;

    /// <summary>Bytes before the payload: fixed header, CSRCs, extension.</summary>
    public int HeaderLength { get; }

    /// <summary>Bytes behind the payload, the count byte included; 0 = not padded.</summary>
    public int PaddingLength { get; }

    /// <summary>The payload without padding; empty in a padding-only packet.</summary>
    public ReadOnlySpan<byte> Payload => _data[HeaderLength..^PaddingLength];

    /// <summary>The whole packet.</summary>
    public ReadOnlySpan<byte> Data => _data;

    /// <summary>Parses a packet; false with the reason when it is not RTP.</summary>
    /// <param name="data">One datagram.</param>
    /// <param name="packet">A view of <paramref name="data"/>.</param>
    /// <param name="defect"><see cref="RtpDefect.None"/> when true is returned.</param>
    public static bool TryParse(ReadOnlySpan<byte> data, out RtpPacket packet, out RtpDefect defect)
    {
        packet = default;
        if (data.Length < FixedHeaderLength)
        {
            defect = RtpDefect.TooShort;
            return false;
        }

        if (data[0] >> VersionShift != Version)
        {
            defect = RtpDefect.BadVersion;
            return false;
        }

        int headerLength = FixedHeaderLength + ((data[0] & CsrcCountMask) * sizeof(uint));
        if (headerLength > data.Length)
        {
            defect = RtpDefect.TruncatedCsrcs;
            return false;
        }

        ushort profile = 0;
        ReadOnlySpan<byte> extension = default;
        if ((data[0] & ExtensionBit) != 0)
        {
            if (headerLength + ExtensionHeaderLength > data.Length)
            {
                defect = RtpDefect.TruncatedExtension;
                return false;
            }

            profile = BinaryPrimitives.ReadUInt16BigEndian(data[headerLength..]);
            int length = BinaryPrimitives.ReadUInt16BigEndian(data[(headerLength + 2)..]) * sizeof(uint);
            headerLength += ExtensionHeaderLength;
            if (headerLength + length > data.Length)
            {
                defect = RtpDefect.TruncatedExtension;
                return false;
            }

            extension = data.Slice(headerLength, length);
            headerLength += length;
        }

        int paddingLength = 0;
        if ((data[0] & PaddingBit) != 0)
        {
            // The last byte counts the padding with itself, so 0 is as wrong as a count that reaches the header.
            paddingLength = data[^1];
            if (paddingLength == 0 || headerLength + paddingLength > data.Length)
            {
                defect = RtpDefect.BadPadding;
                return false;
            }
        }

        packet = new RtpPacket(data, extension, profile, headerLength, paddingLength);
        defect = RtpDefect.None;
        return true;
    }

    /// <summary>Finds a header extension element (RFC 8285, one-byte and two-byte form).</summary>
    /// <param name="id">1 to 14 in the one-byte form, 1 to 255 in the two-byte form.</param>
    /// <param name="value">The element's bytes; can be empty in the two-byte form.</param>
    public bool TryGetExtension(int id, out ReadOnlySpan<byte> value)
    {
        foreach (RtpExtension extension in Extensions)
        {
            if (extension.Id == id)
            {
                value = extension.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>The header extension's elements in their order; stops at the first that does not fit.</summary>
    public RtpExtensionEnumerator Extensions => ExtensionProfile == OneByteProfile
        ? new RtpExtensionEnumerator(_extension, twoByte: false)
        : (ExtensionProfile & TwoByteProfileMask) == TwoByteProfile
            ? new RtpExtensionEnumerator(_extension, twoByte: true)
            : default;
}

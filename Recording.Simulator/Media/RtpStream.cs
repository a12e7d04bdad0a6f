using System.Buffers.Binary;

namespace Recording.Simulator.Media;

/// <summary>Numbers and frames the packets of one SSRC (RFC 3550 section 5.1), with one-byte header extensions (RFC 8285 section 4.2).</summary>
public sealed class RtpStream
{
    /// <summary>Bytes of a packet at most, header included; what browsers keep to.</summary>
    public const int Mtu = 1200;

    private const int HeaderSize = 12;
    private const ushort OneByteProfile = 0xBEDE;
    private ushort _sequenceNumber;

    /// <summary>Starts sequence number and timestamp at random, as RFC 3550 asks.</summary>
    public RtpStream(uint ssrc, byte payloadType, Random random)
    {
        Ssrc = ssrc;
        PayloadType = payloadType;
        _sequenceNumber = (ushort)random.Next(0x10000);
        TimestampOffset = (uint)random.NextInt64(0x1_0000_0000);
    }

    /// <summary>Synchronisation source.</summary>
    public uint Ssrc { get; }

    /// <summary>0..127.</summary>
    public byte PayloadType { get; }

    /// <summary>RTP timestamp of tick 0.</summary>
    public uint TimestampOffset { get; }

    /// <summary>Sequence number of the next packet.</summary>
    public ushort NextSequenceNumber => _sequenceNumber;

    /// <summary>Packets built.</summary>
    public uint PacketCount { get; private set; }

    /// <summary>Payload bytes built, as a sender report counts them.</summary>
    public uint OctetCount { get; private set; }

    /// <summary>The RTP timestamp of a tick of the media clock.</summary>
    public uint TimestampOf(long ticks) => unchecked(TimestampOffset + (uint)ticks);

    /// <summary>Bytes that an extension block of these elements takes, padding included.</summary>
    public static int ExtensionLength(ReadOnlySpan<OneByteExtension> extensions)
    {
        if (extensions.IsEmpty)
        {
            return 0;
        }

        int length = 0;
        foreach (OneByteExtension extension in extensions)
        {
            length += 1 + extension.Value.Length;
        }

        return 4 + ((length + 3) & ~3);
    }

    /// <summary>Builds the next packet; the payload is <paramref name="prefix"/> followed by <paramref name="payload"/>.</summary>
    public byte[] Build(long ticks, bool marker, ReadOnlySpan<OneByteExtension> extensions, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> payload)
    {
        int extensionLength = ExtensionLength(extensions);
        byte[] packet = new byte[HeaderSize + extensionLength + prefix.Length + payload.Length];
        packet[0] = (byte)(0x80 | (extensionLength > 0 ? 0x10 : 0));
        packet[1] = (byte)((marker ? 0x80 : 0) | PayloadType);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), _sequenceNumber++);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), TimestampOf(ticks));
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), Ssrc);
        if (extensionLength > 0)
        {
            WriteExtensions(packet.AsSpan(HeaderSize, extensionLength), extensions);
        }

        prefix.CopyTo(packet.AsSpan(HeaderSize + extensionLength));
        payload.CopyTo(packet.AsSpan(HeaderSize + extensionLength + prefix.Length));
        PacketCount++;
        OctetCount += (uint)(prefix.Length + payload.Length);
        return packet;
    }

    private static void WriteExtensions(Span<byte> block, ReadOnlySpan<OneByteExtension> extensions)
    {
        BinaryPrimitives.WriteUInt16BigEndian(block, OneByteProfile);
        BinaryPrimitives.WriteUInt16BigEndian(block[2..], (ushort)((block.Length / 4) - 1));
        int offset = 4;
        foreach (OneByteExtension extension in extensions)
        {
            block[offset++] = (byte)((extension.Id << 4) | (extension.Value.Length - 1));
            extension.Value.CopyTo(block[offset..]);
            offset += extension.Value.Length;
        }
    }
}

using System.Buffers.Binary;

namespace Recording.PostProcessing.Tests.Report;

/// <summary>RTP packets for made-up tracks.</summary>
internal static class MadePackets
{
    /// <summary>Bits of the first byte of a SILK frame of 20 ms, one channel (RFC 6716, 4.2.3).</summary>
    public const byte Voice = 0x80;
    public const byte Redundancy = 0x40;

    /// <summary>20 ms of speech in narrow band, with the sender's level in -dBov under extension 1.</summary>
    public static byte[] Opus(int sequence, long ticks, byte flags = Voice, byte level = 30) =>
        Rtp(111, sequence, ticks, marker: false, ssrc: 1, [1 << 3, flags, 1, 2, 3, (byte)sequence], [0xBE, 0xDE, 0, 1, 1 << 4, level, 0, 0]);

    /// <summary>A picture in one packet.</summary>
    public static byte[] Vp8(int sequence, long ticks, (int Width, int Height)? key = null) => Rtp(96, sequence, ticks, marker: true, ssrc: 2, Vp8Payload(key));

    /// <summary>RFC 7741: S = 1, then a frame that is shown, with a first partition of one byte.</summary>
    public static byte[] Vp8Payload((int Width, int Height)? key = null) => key is (var width, var height)
        ? [0x10, 0x30, 0, 0, 0x9D, 0x01, 0x2A, (byte)width, (byte)(width >> 8), (byte)height, (byte)(height >> 8), 1, 2]
        : [0x10, 0x31, 0, 0, 1, 2];

    public static byte[] Rtp(byte payloadType, int sequence, long ticks, bool marker, uint ssrc, byte[] payload, byte[]? extension = null)
    {
        byte[] packet = [.. new byte[12], .. extension ?? [], .. payload];
        packet[0] = (byte)(0x80 | (extension is null ? 0 : 0x10));
        packet[1] = (byte)(payloadType | (marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), (uint)ticks);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        return packet;
    }
}

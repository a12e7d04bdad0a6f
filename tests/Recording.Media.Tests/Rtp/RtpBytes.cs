using System.Buffers.Binary;

namespace Recording.Media.Tests.Rtp;

/// <summary>Builds RTP packets byte by byte.</summary>
internal static class RtpBytes
{
    public static byte[] Packet(
        ushort sequence,
        uint timestamp = 0,
        uint ssrc = 1,
        byte payloadType = 96,
        bool marker = false,
        byte[]? payload = null,
        byte padding = 0)
    {
        payload ??= [1, 2, 3];
        byte[] packet = new byte[12 + payload.Length + padding];
        packet[0] = (byte)(0x80 | (padding > 0 ? 0x20 : 0));
        packet[1] = (byte)(payloadType | (marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        payload.CopyTo(packet.AsSpan(12));
        if (padding > 0)
        {
            packet[^1] = padding;
        }

        return packet;
    }

    public static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}

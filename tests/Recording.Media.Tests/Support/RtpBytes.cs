using System.Buffers.Binary;

namespace Recording.Media.Tests.Support;

/// <summary>Makes RTP packets byte by byte.</summary>
public static class RtpBytes
{
    public static byte[] Packet(uint ssrc, byte payloadType, ushort sequence, uint timestamp, ReadOnlySpan<byte> payload, bool marker = false, int padding = 0)
    {
        byte[] packet = new byte[12 + payload.Length + padding];
        packet[0] = (byte)(padding > 0 ? 0xA0 : 0x80);
        packet[1] = (byte)(payloadType | (marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        payload.CopyTo(packet.AsSpan(12));
        if (padding > 0)
        {
            packet[^1] = (byte)padding;
        }

        return packet;
    }

    /// <summary>A VP8 frame as RFC 7741 packets of at most 1000 bytes, with a 15-bit PictureID.</summary>
    public static IEnumerable<byte[]> Vp8(uint ssrc, byte payloadType, Func<ushort> nextSequence, uint timestamp, byte[] frame, int pictureId)
    {
        for (int offset = 0; offset < frame.Length; offset += 1000)
        {
            int length = Math.Min(1000, frame.Length - offset);
            byte[] payload =
            [
                (byte)(offset == 0 ? 0x90 : 0x80), 0x80, (byte)(0x80 | ((pictureId >> 8) & 0x7F)), (byte)pictureId, .. frame.AsSpan(offset, length),
            ];
            yield return Packet(ssrc, payloadType, nextSequence(), timestamp, payload, marker: offset + length == frame.Length);
        }
    }
}

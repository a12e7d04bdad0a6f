using System.Buffers.Binary;
using System.Text;
using Recording.Media.Rtp;

namespace Recording.Cli.Tests;

/// <summary>Builds captures byte by byte.</summary>
internal static class CaptureBytes
{
    public const long StartUs = 1_750_000_000_000_000;
    private const ushort RtpPort = 5004;

    public static byte[] Rtp(byte payloadType, ushort sequence, uint timestamp, uint ssrc, byte[]? payload = null, bool marker = false)
    {
        payload ??= [(byte)sequence, 1, 2, 3, 4, 5, 6, 7];
        byte[] packet = new byte[12 + payload.Length];
        packet[0] = 0x80;
        packet[1] = (byte)(payloadType | (marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        payload.CopyTo(packet, 12);
        return packet;
    }

    public static byte[] Rtx(byte payloadType, ushort sequence, uint ssrc, byte[] original) =>
        Rtp(payloadType, sequence, BinaryPrimitives.ReadUInt32BigEndian(original.AsSpan(4)), ssrc, [original[2], original[3], .. original[12..]]);

    /// <summary>A compound of a sender report and an SDES with a canonical name.</summary>
    public static byte[] Rtcp(uint ssrc, string cname)
    {
        byte[] report = new byte[SenderReport.Length];
        new SenderReport(ssrc, 0xE800_0000_1234_5678, 9000, 10, 1000).Write(report);
        byte[] name = Encoding.UTF8.GetBytes(cname);
        byte[] chunk = new byte[((4 + 2 + name.Length) / 4 * 4) + 4];
        BinaryPrimitives.WriteUInt32BigEndian(chunk, ssrc);
        chunk[4] = 1;
        chunk[5] = (byte)name.Length;
        name.CopyTo(chunk, 6);
        return [.. report, 0x81, 202, 0, (byte)(chunk.Length / 4), .. chunk];
    }

    /// <summary>Ethernet, IPv4, UDP around a payload.</summary>
    public static byte[] Frame(byte[] payload, byte host = 1, ushort port = RtpPort) =>
        [.. new byte[12], 0x08, 0x00, .. Ipv4([.. Udp(payload, port)], host, 1, 0, false)];

    /// <summary>The same in fragments of so many bytes.</summary>
    public static IEnumerable<byte[]> Fragments(byte[] payload, int size, ushort identification)
    {
        byte[] udp = Udp(payload, RtpPort);
        for (int at = 0; at < udp.Length; at += size)
        {
            int end = Math.Min(at + size, udp.Length);
            yield return [.. new byte[12], 0x08, 0x00, .. Ipv4(udp[at..end], 1, identification, at, end < udp.Length)];
        }
    }

    /// <summary>A little-endian µs pcap of Ethernet frames; a frame longer than the snap length is cut.</summary>
    public static byte[] Pcap(IEnumerable<(long TimeUs, byte[] Frame)> records, int snapLength = 65_535)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write(0xA1B2C3D4u);
        writer.Write((ushort)2);
        writer.Write((ushort)4);
        writer.Write(0L);
        writer.Write(snapLength);
        writer.Write(1);
        foreach ((long timeUs, byte[] frame) in records)
        {
            int kept = Math.Min(frame.Length, snapLength);
            writer.Write((uint)(timeUs / 1_000_000));
            writer.Write((uint)(timeUs % 1_000_000));
            writer.Write(kept);
            writer.Write(frame.Length);
            writer.Write(frame, 0, kept);
        }

        writer.Flush();
        return file.ToArray();
    }

    /// <summary>A new Janus recording.</summary>
    public static byte[] Mjr(string json, IEnumerable<(uint Ms, byte[] Packet)> records, char version = '2')
    {
        byte[] text = Encoding.UTF8.GetBytes(json);
        return
        [
            .. Encoding.ASCII.GetBytes($"MJR0000{version}"), (byte)(text.Length >> 8), (byte)text.Length, .. text,
            .. records.SelectMany(record => version == '2'
                ? [.. "MEET"u8, .. BigEndian(record.Ms), (byte)(record.Packet.Length >> 8), (byte)record.Packet.Length, .. record.Packet]
                : OldRecord(record.Packet)),
        ];
    }

    /// <summary>An old Janus recording.</summary>
    public static byte[] OldMjr(string kind, IEnumerable<byte[]> packets) =>
        [.. "MEETECHO"u8, 0, 5, .. Encoding.ASCII.GetBytes(kind), .. packets.SelectMany(OldRecord)];

    /// <summary>A BRTP file.</summary>
    public static byte[] Brtp(byte payloadType, uint ssrc, string codec, long startMs, IEnumerable<(long Ms, byte[] Packet)> records)
    {
        byte[] header = new byte[32];
        "BRTP"u8.CopyTo(header);
        header[4] = 1;
        header[5] = payloadType;
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(8), ssrc);
        Encoding.ASCII.GetBytes(codec).CopyTo(header, 12);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(20), startMs);
        var file = new List<byte>(header);
        foreach ((long ms, byte[] packet) in records)
        {
            byte[] record = new byte[10];
            BinaryPrimitives.WriteInt64BigEndian(record, ms);
            BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(8), (ushort)packet.Length);
            file.AddRange([.. record, .. packet]);
        }

        return [.. file];
    }

    private static byte[] OldRecord(byte[] packet) => [.. "MEETECHO"u8, (byte)(packet.Length >> 8), (byte)packet.Length, .. packet];

    private static byte[] BigEndian(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Udp(byte[] payload, ushort port)
    {
        byte[] udp = new byte[8 + payload.Length];
        BinaryPrimitives.WriteUInt16BigEndian(udp, 40_000);
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(2), port);
        BinaryPrimitives.WriteUInt16BigEndian(udp.AsSpan(4), (ushort)udp.Length);
        payload.CopyTo(udp, 8);
        return udp;
    }

    private static byte[] Ipv4(byte[] body, byte host, ushort identification, int offset, bool more)
    {
        byte[] packet = new byte[20 + body.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), identification);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), (ushort)((more ? 0x2000 : 0) | (offset / 8)));
        packet[8] = 64;
        packet[9] = 17;
        ((byte[])[10, 0, 0, host, 10, 0, 0, 99]).CopyTo(packet, 12);
        body.CopyTo(packet, 20);
        return packet;
    }
}

using System.Buffers.Binary;
using System.Text;

namespace Recording.Media.Captures.Export;

/// <summary>Writes rtpdump as rtptools does: RTP and RTCP in their order, times in ms.</summary>
public sealed class RtpdumpWriter
{
    /// <summary>The largest packet of a record.</summary>
    public const int MaxPacket = ushort.MaxValue - RecordHeaderLength;

    private const int RecordHeaderLength = 8;

    private readonly Stream _output;
    private readonly long _startUs;
    private readonly byte[] _header = new byte[16];

    /// <param name="output">Where the file goes; not closed.</param>
    /// <param name="startUs">Time of the first record or before, µs since 1970.</param>
    /// <param name="address">Of the track.</param>
    public RtpdumpWriter(Stream output, long startUs, ExportAddress address)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _startUs = startUs;
        output.Write(Encoding.ASCII.GetBytes($"#!rtpplay1.0 {ExportAddress.Text(ExportAddress.Destination)}/{address.Port}\n"));
        BinaryPrimitives.WriteUInt32BigEndian(_header, (uint)(startUs / 1_000_000));
        BinaryPrimitives.WriteUInt32BigEndian(_header.AsSpan(4), (uint)(startUs % 1_000_000));
        BinaryPrimitives.WriteUInt32BigEndian(_header.AsSpan(8), address.Source);
        BinaryPrimitives.WriteUInt16BigEndian(_header.AsSpan(12), address.SourcePort);
        output.Write(_header);
    }

    /// <summary>Writes a record; false when the packet is too long or its time does not fit (49 days after the start).</summary>
    public bool TryWrite(long timeUs, bool isRtcp, ReadOnlySpan<byte> packet)
    {
        long ms = (timeUs - _startUs) / 1000;
        if (packet.Length > MaxPacket || ms is < 0 or > uint.MaxValue)
        {
            return false;
        }

        Span<byte> header = _header.AsSpan(0, RecordHeaderLength);
        BinaryPrimitives.WriteUInt16BigEndian(header, (ushort)(packet.Length + RecordHeaderLength));
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], isRtcp ? (ushort)0 : (ushort)packet.Length);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], (uint)ms);
        _output.Write(header);
        _output.Write(packet);
        return true;
    }
}

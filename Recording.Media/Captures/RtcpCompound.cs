using System.Buffers.Binary;
using System.Text;
using Recording.Media.Rtp;

namespace Recording.Media.Captures;

/// <summary>Walks the packets of an RTCP compound (RFC 3550 6.1) for sender reports and canonical names.</summary>
internal ref struct RtcpCompound
{
    private const int HeaderLength = 4;
    private const byte SenderReportType = 200;
    private const byte SourceDescriptionType = 202;
    private const byte CnameItem = 1;

    private ReadOnlySpan<byte> _rest;

    public RtcpCompound(ReadOnlySpan<byte> compound)
    {
        _rest = compound;
        Cname = "";
    }

    /// <summary>The current packet is a sender report.</summary>
    public bool IsReport { get; private set; }

    /// <summary>The sender report.</summary>
    public SenderReport Report { get; private set; }

    /// <summary>The source whose name was found; only when <see cref="Cname"/> is not empty.</summary>
    public uint CnameSsrc { get; private set; }

    /// <summary>The first canonical name of the current packet; empty = none.</summary>
    public string Cname { get; private set; }

    /// <summary>Moves to the next packet; false at the end or where the compound is cut short.</summary>
    public bool Read()
    {
        IsReport = false;
        Cname = "";
        if (_rest.Length < HeaderLength || _rest[0] >> 6 != 2)
        {
            return false;
        }

        int length = (BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) + 1) * sizeof(uint);
        if (length > _rest.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> packet = _rest[..length];
        _rest = _rest[length..];
        if (packet[1] == SenderReportType && SenderReport.TryParse(packet, out SenderReport report))
        {
            IsReport = true;
            Report = report;
        }
        else if (packet[1] == SourceDescriptionType && (packet[0] & 0x1F) > 0 && packet.Length >= HeaderLength + sizeof(uint))
        {
            ReadCname(packet[HeaderLength..]);
        }

        return true;
    }

    // RFC 3550 6.5: SSRC, then items of type, length and text.
    private void ReadCname(ReadOnlySpan<byte> chunk)
    {
        CnameSsrc = BinaryPrimitives.ReadUInt32BigEndian(chunk);
        chunk = chunk[sizeof(uint)..];
        while (chunk.Length >= 2 && chunk[0] != 0 && chunk.Length >= 2 + chunk[1])
        {
            if (chunk[0] == CnameItem)
            {
                Cname = Encoding.UTF8.GetString(chunk.Slice(2, chunk[1]));
                return;
            }

            chunk = chunk[(2 + chunk[1])..];
        }
    }
}

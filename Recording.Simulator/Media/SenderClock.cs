using System.Buffers.Binary;

namespace Recording.Simulator.Media;

/// <summary>A sender's clocks: where its content stands at a wall time, with skew, and its RTCP sender reports (RFC 3550 section 6.4.1).</summary>
/// <param name="StartUs">Wall time of the producer's start, µs since 1970.</param>
/// <param name="ContentOffsetUs">Content position at the start, so that all of a room show the same second at once.</param>
/// <param name="SkewPpm">How much faster than wall time the media clock runs, in parts per million.</param>
/// <param name="DelayUs">From the sender to the SFU.</param>
public sealed record SenderClock(long StartUs, long ContentOffsetUs, double SkewPpm, long DelayUs)
{
    /// <summary>Bytes of a sender report without report blocks.</summary>
    public const int SenderReportSize = 28;

    private const ulong NtpEpochOffset = 2_208_988_800; // 1900 to 1970, s
    private double Rate => 1 + (SkewPpm / 1_000_000);

    /// <summary>Arrival at the SFU of what was captured at a content position.</summary>
    public long DueUs(double contentUs) => DelayUs + (long)Math.Round((contentUs - ContentOffsetUs) / Rate);

    /// <summary>Content position at a time after the start, both µs.</summary>
    public double ContentUs(long sinceStartUs) => ContentOffsetUs + (sinceStartUs * Rate);

    /// <summary>The report that the sender makes at a time after its start.</summary>
    public byte[] SenderReport(RtpStream stream, int clockRate, long sinceStartUs)
    {
        byte[] report = new byte[SenderReportSize];
        long wallUs = StartUs + sinceStartUs;
        ulong ntp = (((ulong)(wallUs / 1_000_000) + NtpEpochOffset) << 32) | (((ulong)(wallUs % 1_000_000) << 32) / 1_000_000);
        report[0] = 0x80;
        report[1] = 200;
        BinaryPrimitives.WriteUInt16BigEndian(report.AsSpan(2), (SenderReportSize / 4) - 1);
        BinaryPrimitives.WriteUInt32BigEndian(report.AsSpan(4), stream.Ssrc);
        BinaryPrimitives.WriteUInt64BigEndian(report.AsSpan(8), ntp);
        BinaryPrimitives.WriteUInt32BigEndian(report.AsSpan(16), stream.TimestampOf((long)Math.Round(ContentUs(sinceStartUs) * clockRate / 1_000_000)));
        BinaryPrimitives.WriteUInt32BigEndian(report.AsSpan(20), stream.PacketCount);
        BinaryPrimitives.WriteUInt32BigEndian(report.AsSpan(24), stream.OctetCount);
        return report;
    }
}

using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;

namespace Recording.Media.Tests.Support;

/// <summary>One track of a participant with clocks that are off, over a network that delays: what arrives, and when each packet was really captured.</summary>
public sealed record SimulatedSender
{
    public const long EpochUs = 1_700_000_000_000_000;

    public bool IsAudio { get; init; } = true;

    public double Seconds { get; init; } = 60;

    public double IntervalSeconds { get; init; } = 0.2;

    /// <summary>Media clock against true time.</summary>
    public double MediaSkewPpm { get; init; }

    /// <summary>Wall clock of the sender against true time.</summary>
    public double WallSkewPpm { get; init; }

    public double WallOffsetSeconds { get; init; }

    public double BaseDelaySeconds { get; init; } = 0.030;

    public double MeanJitterSeconds { get; init; } = 0.010;

    /// <summary>Capture to sending: encoder and pacer.</summary>
    public double SendDelaySeconds { get; init; }

    /// <summary>0 = none.</summary>
    public double ReportSeconds { get; init; } = 5;

    /// <summary>How much longer than packets reports take, as where the network held them up.</summary>
    public double ReportDelaySeconds { get; init; }

    public double StartSeconds { get; init; }

    /// <summary>Packets captured before this stay behind at the SFU until then: the burst at subscription.</summary>
    public double BurstSeconds { get; init; }

    public uint FirstTimestamp { get; init; } = 0xFFFF_0000;

    public ushort FirstSequence { get; init; } = 65_500;

    /// <summary>Media timestamps stand still over this stretch while nothing is sent.</summary>
    public (double From, double To)? Freeze { get; init; }

    /// <summary>Every so many sender reports one lies by a second; 0 = none does.</summary>
    public int LyingReportEvery { get; init; }

    /// <summary>Share of packets that never arrive.</summary>
    public double LossRate { get; init; }

    /// <summary>Share of packets and reports that take up to 200 ms longer, and so are overtaken.</summary>
    public double LateRate { get; init; }

    /// <summary>The sender's wall clock is set by so many seconds, so many seconds after the start.</summary>
    public (double At, double Seconds)? WallStep { get; init; }

    /// <summary>The first report is of a moment so long before the first packet, and comes before it; 0 = none.</summary>
    public double EarlyReportSeconds { get; init; }

    public int Seed { get; init; }

    public uint Ssrc => IsAudio ? 0xA0D10u : 0x71DE0u;

    public uint ClockRate => IsAudio ? 48_000u : 90_000u;

    public TrackFormat Format => IsAudio ? TrackFileBuilder.Opus() : TrackFileBuilder.Vp8();

    /// <summary>The track file, and the true capture time in µs of each packet in order.</summary>
    public (byte[] File, List<double> CaptureUs) Run()
    {
        Random random = new(Seed);
        List<(double ArrivalUs, byte[] Data)> arrivals = [];
        List<double> captured = [];
        ushort sequence = FirstSequence;
        double frozen = 0;
        double nextReport = StartSeconds + (IsAudio ? 2 : 0.4);
        int reports = 0;
        byte[] payload = IsAudio ? [0xFC] : [0x10, 0x11, 0, 0];
        for (double t = StartSeconds; t < StartSeconds + Seconds; t += IntervalSeconds)
        {
            if (Freeze is (double from, double to) && t >= from && frozen == 0)
            {
                frozen = to - from;
                t = to;
            }

            uint timestamp = Timestamp(t, frozen);
            if (EarlyReportSeconds > 0 && captured.Count == 0 && arrivals.Count == 0)
            {
                byte[] early = new byte[SenderReport.Length];
                new SenderReport(Ssrc, Ntp(t - EarlyReportSeconds), Timestamp(t - EarlyReportSeconds, frozen), 0, 0).Write(early);
                arrivals.Add((Arrival(t - 0.02, random), early));
            }

            double sent = t + SendDelaySeconds;
            if (LossRate > 0 && random.NextDouble() < LossRate)
            {
                sequence++;
                continue;
            }

            arrivals.Add((Arrival(Math.Max(sent, StartSeconds + BurstSeconds), random), RtpBytes.Packet(Ssrc, IsAudio ? (byte)111 : (byte)96, sequence++, timestamp, payload, marker: !IsAudio)));
            captured.Add(EpochUs + (t * 1e6));
            if (ReportSeconds > 0 && t >= nextReport)
            {
                nextReport += ReportSeconds;
                bool lies = LyingReportEvery > 0 && ++reports % LyingReportEvery == 0;
                byte[] report = new byte[SenderReport.Length];
                new SenderReport(Ssrc, Ntp(t + (lies ? 1 : 0)), timestamp, 0, 0).Write(report);
                arrivals.Add((Arrival(t + ReportDelaySeconds, random), report));
            }
        }

        TrackFileBuilder builder = new(IsAudio ? "audio" : "video", Format);
        foreach ((double arrivalUs, byte[] data) in arrivals.OrderBy(arrival => arrival.ArrivalUs))
        {
            builder.Add((long)arrivalUs, data);
        }

        return (builder.Build(), captured);
    }

    private double Arrival(double sent, Random random)
    {
        double late = LateRate > 0 && random.NextDouble() < LateRate ? random.NextDouble() * 0.2 : 0;
        return EpochUs + ((sent + late + BaseDelaySeconds - (MeanJitterSeconds * Math.Log(1 - random.NextDouble()))) * 1e6);
    }

    private uint Timestamp(double t, double frozen) => unchecked(FirstTimestamp + (uint)(long)Math.Round((t - frozen) * ClockRate * (1 + (MediaSkewPpm / 1e6))));

    private ulong Ntp(double t)
    {
        double seconds = (EpochUs / 1e6) + 2_208_988_800 + WallOffsetSeconds + (t * (1 + (WallSkewPpm / 1e6)));
        seconds += WallStep is (double at, double step) && t >= at ? step : 0;
        ulong whole = (ulong)Math.Floor(seconds);
        return (whole << 32) | (ulong)((seconds - whole) * 4_294_967_296.0);
    }
}

namespace Recording.Simulator.Media;

/// <summary>Sends a clip over and over: frames by their time, sender reports in between, timestamps going on across the repetition.</summary>
public abstract class ClipPacketSource : PacketSource
{
    private readonly long _reportIntervalUs;
    private long _nextReportUs;

    /// <param name="clip">What is repeated.</param>
    /// <param name="clock">The sender's clocks.</param>
    /// <param name="stream">The SSRC it is sent on.</param>
    /// <param name="reportInterval">Time between sender reports.</param>
    /// <param name="firstReport">Time of the first one after the start.</param>
    protected ClipPacketSource(MediaClip clip, SenderClock clock, RtpStream stream, TimeSpan reportInterval, TimeSpan firstReport)
    {
        Clip = clip;
        Clock = clock;
        Stream = stream;
        _reportIntervalUs = (long)reportInterval.TotalMicroseconds;
        _nextReportUs = (long)firstReport.TotalMicroseconds;
        FrameNumber = (long)Math.Ceiling((double)clock.ContentOffsetUs * clip.ClockRate / 1_000_000 / clip.FrameTicks);
    }

    /// <summary>What is repeated.</summary>
    protected MediaClip Clip { get; }

    /// <summary>The sender's clocks.</summary>
    protected SenderClock Clock { get; }

    /// <summary>The SSRC it is sent on.</summary>
    protected RtpStream Stream { get; }

    /// <summary>Number of the next frame since content time 0, across repetitions.</summary>
    protected long FrameNumber { get; private set; }

    /// <summary>Ticks of the next frame since content time 0.</summary>
    protected long FrameTicks => FrameNumber * Clip.FrameTicks;

    /// <inheritdoc/>
    public override long NextDueUs => Math.Min(FrameDueUs, ReportDueUs);

    private long FrameDueUs => Clock.DueUs(FrameTicks * 1_000_000.0 / Clip.ClockRate);

    private long ReportDueUs => _nextReportUs + Clock.DelayUs;

    /// <inheritdoc/>
    public override void Produce(ICollection<SourcePacket> output)
    {
        if (ReportDueUs <= FrameDueUs)
        {
            // A sender that has sent nothing makes no sender report.
            if (Stream.PacketCount > 0)
            {
                output.Add(new SourcePacket(ReportDueUs, Clock.SenderReport(Stream, Clip.ClockRate, _nextReportUs), IsSenderReport: true));
            }

            _nextReportUs += _reportIntervalUs;
            return;
        }

        Send((int)(FrameNumber % Clip.Frames.Count), FrameDueUs, output);
        FrameNumber++;
    }

    /// <inheritdoc/>
    public override void Skip()
    {
        if (ReportDueUs <= FrameDueUs)
        {
            _nextReportUs += _reportIntervalUs;
            return;
        }

        OnSkipped();
        FrameNumber++;
    }

    /// <summary>Packetises the frame at a position of the clip.</summary>
    protected abstract void Send(int position, long dueUs, ICollection<SourcePacket> output);

    /// <summary>A frame was not sent because the producer is paused.</summary>
    protected abstract void OnSkipped();
}

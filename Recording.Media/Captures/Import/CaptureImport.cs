using Recording.Media.Rtp;
using Recording.Media.TrackFiles;

namespace Recording.Media.Captures.Import;

/// <summary>The second pass: writes the packets of surveyed captures into track files, as they came.</summary>
public static class CaptureImport
{
    /// <summary>Writes one complete track file for each output.</summary>
    /// <param name="captures">The same as were surveyed.</param>
    /// <param name="outputs">What goes where.</param>
    /// <param name="epoch">Session that numbers the packets.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <returns>Figures of each file, in the order of the outputs.</returns>
    public static async Task<IReadOnlyList<AssemblyResult>> WriteAsync(
        IReadOnlyList<CaptureSource> captures,
        IReadOnlyList<ImportOutput> outputs,
        ulong epoch,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(captures);
        ArgumentNullException.ThrowIfNull(outputs);
        var writers = new List<TrackFileWriter>();
        try
        {
            var bySource = new Dictionary<uint, TrackFileWriter>();
            foreach (ImportOutput output in outputs)
            {
                var writer = new TrackFileWriter(output.Stream, output.Header, epoch);
                writers.Add(writer);
                foreach (uint ssrc in output.Track.Ssrcs.Concat(output.Track.RepairSsrcs))
                {
                    bySource[ssrc] = writer;
                }
            }

            foreach (CaptureSource capture in captures)
            {
                await using Stream stream = capture.Open();
                CaptureReader reader = CaptureReader.Open(stream, capture.SnapLength);
                while (reader.Read())
                {
                    await TakeAsync(reader, bySource, cancellationToken);
                }
            }

            var results = new List<AssemblyResult>();
            foreach (TrackFileWriter writer in writers)
            {
                results.Add(await writer.FinishAsync(cancellationToken));
            }

            return results;
        }
        finally
        {
            writers.ForEach(writer => writer.Dispose());
        }
    }

    private static async ValueTask TakeAsync(CaptureReader reader, Dictionary<uint, TrackFileWriter> bySource, CancellationToken cancellationToken)
    {
        if (Rtcp.IsRtcp(reader.Payload.Span))
        {
            foreach (SenderReport report in Reports(reader.Payload.Span))
            {
                if (bySource.TryGetValue(report.Ssrc, out TrackFileWriter? reported))
                {
                    byte[] bytes = new byte[SenderReport.Length];
                    report.Write(bytes);
                    await reported.AddAsync(CaptureScan.TimeOf(reader), bytes, cancellationToken);
                }
            }
        }
        else if (RtpPacket.TryParse(reader.Payload.Span, out RtpPacket packet, out _) && bySource.TryGetValue(packet.Ssrc, out TrackFileWriter? writer))
        {
            await writer.AddAsync(CaptureScan.TimeOf(reader), reader.Payload, cancellationToken);
        }
    }

    private static List<SenderReport> Reports(ReadOnlySpan<byte> payload)
    {
        List<SenderReport> reports = [];
        var compound = new RtcpCompound(payload);
        while (compound.Read())
        {
            if (compound.IsReport)
            {
                reports.Add(compound.Report);
            }
        }

        return reports;
    }
}

using System.Text;
using Recording.Media.Captures.Export;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;

namespace Recording.Cli.Export;

/// <summary>Writes stored tracks in formats of other tools, with an SDP beside them.</summary>
public sealed class RecordingExport
{
    private const string Application = "recording export";

    private readonly ExportFormat _format;
    private readonly string _output;
    private readonly ExportFiles _files;
    private readonly (ExportTrack Track, ExportAddress Address)[] _tracks;
    private readonly List<ExportedFile> _written = [];
    private readonly CancellationToken _cancellationToken;
    private long _didNotFit;
    private long _leftOutReports;
    private long _leftOutRepair;
    private long _long;

    private RecordingExport(ExportFormat format, string output, ExportFiles files, (ExportTrack Track, ExportAddress Address)[] tracks, CancellationToken cancellationToken)
    {
        _format = format;
        _output = output;
        _files = files;
        _tracks = tracks;
        _cancellationToken = cancellationToken;
    }

    private string Extension => "." + _format.ToString().ToLowerInvariant();

    // A name with the format's extension is a file, everything else a folder.
    private bool IsFile => _output.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) && !Directory.Exists(_output);

    /// <summary>Exports a track file, or all tracks of a recording's directory.</summary>
    /// <param name="input">The file or directory.</param>
    /// <param name="format">What to write.</param>
    /// <param name="output">A file with the format's extension, or a folder.</param>
    /// <param name="overwrite">Replace files.</param>
    /// <param name="cancellationToken">Ends it and leaves nothing.</param>
    /// <exception cref="RecordingException">4004: nothing to export; 2004: a file exists; 1003: several files would be written and the output names one; 3004: too many tracks.</exception>
    public static ExportResult Run(string input, ExportFormat format, string output, bool overwrite = false, CancellationToken cancellationToken = default)
    {
        string[] paths = Inputs(input);
        if (paths.Length > ExportAddress.MaxTracks)
        {
            throw new RecordingException(RecordingErrorCode.TrackLimit, $"{input} holds {paths.Length} tracks, {ExportAddress.MaxTracks} can be exported");
        }

        ExportTrack[] tracks = [.. paths.Select(path => ExportTrack.Survey(Path.GetFileNameWithoutExtension(path), () => Open(path), cancellationToken))];
        List<string> peers = [.. tracks.Select(track => track.Header.PeerId).Distinct(StringComparer.Ordinal)];
        using var files = new ExportFiles(overwrite);
        var export = new RecordingExport(format, output, files, [.. tracks.Select((track, i) => (track, new ExportAddress(i, peers.IndexOf(track.Header.PeerId))))], cancellationToken);
        switch (format)
        {
            case ExportFormat.Pcapng:
                export.WritePcapng();
                break;
            case ExportFormat.Rtpdump:
                export.WriteRtpdump();
                break;
            default:
                export.WriteMjr();
                break;
        }

        files.Commit();
        return new ExportResult
        {
            Format = format.ToString().ToLowerInvariant(),
            Files = export._written,
            Damaged = tracks.Sum(track => track.DamageCount),
            DidNotFit = export._didNotFit,
            LeftOutReports = export._leftOutReports,
            LeftOutRepair = export._leftOutRepair,
            LongerThanJanusReads = export._long,
        };
    }

    private static string[] Inputs(string input)
    {
        if (File.Exists(input))
        {
            return [input];
        }

        string folder = Path.Combine(input, "tracks");
        string[] tracks = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*.rtp").Order(StringComparer.Ordinal)] : [];
        return tracks.Length > 0 ? tracks : throw new RecordingException(RecordingErrorCode.NotFound, $"{input} is no track file, and no recording's directory with tracks/*.rtp");
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.SequentialScan);

    // All tracks in one file, by their times; a track's own order is kept.
    private void WritePcapng()
    {
        string path = IsFile ? _output : Path.Combine(_output, (_tracks.Length == 1 ? _tracks[0].Track.Name : "recording") + Extension);
        TrackHeader first = _tracks[0].Track.Header;
        Stream stream = _files.Create(path);
        using var writer = new PcapngWriter(stream, Application, $"recording {first.RecordingId}, room {first.RoomId}");
        var heads = new PriorityQueue<(TrackEntryReader Reader, int Number), (long TimeUs, int Number)>();
        var readers = new List<Stream>();
        byte[] frame = new byte[EthernetFrame.HeaderLength + EthernetFrame.MaxPayload];
        long packets = 0;
        long reports = 0;
        try
        {
            for (int i = 0; i < _tracks.Length; i++)
            {
                writer.AddInterface(_tracks[i].Track.Name, Describe(_tracks[i].Track));
                readers.Add(_tracks[i].Track.Open());
                Advance(heads, new TrackEntryReader(readers[i]), i);
            }

            while (heads.TryDequeue(out (TrackEntryReader Reader, int Number) head, out _))
            {
                _cancellationToken.ThrowIfCancellationRequested();
                (TrackEntryReader reader, int number) = head;
                bool isReport = reader.IsReport;
                if (reader.Packet.Length > EthernetFrame.MaxPayload)
                {
                    _didNotFit++;
                }
                else
                {
                    int length = EthernetFrame.Write(frame, _tracks[number].Address, isReport, reader.Packet.Span);
                    writer.Write(number, reader.TimeUs, frame.AsSpan(0, length), reader.Notes);
                    (packets, reports) = isReport ? (packets, reports + 1) : (packets + 1, reports);
                }

                Advance(heads, reader, number);
            }
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }

        _written.Add(new ExportedFile(path, packets, reports));
        WriteSdp(Path.ChangeExtension(path, ".sdp"), first.RecordingId, _tracks);
    }

    private static void Advance(PriorityQueue<(TrackEntryReader Reader, int Number), (long TimeUs, int Number)> heads, TrackEntryReader reader, int number)
    {
        if (reader.Read())
        {
            heads.Enqueue((reader, number), (reader.TimeUs, number));
        }
    }

    private void WriteRtpdump()
    {
        RequireOneFile(_tracks.Length);
        foreach ((ExportTrack track, ExportAddress address) in _tracks)
        {
            string path = IsFile ? _output : Path.Combine(_output, track.Name + Extension);
            var writer = new RtpdumpWriter(_files.Create(path), StartOf(track), address);
            using Stream stream = track.Open();
            var reader = new TrackEntryReader(stream);
            long packets = 0;
            long reports = 0;
            while (Next(reader))
            {
                bool isReport = reader.IsReport;
                if (!writer.TryWrite(reader.TimeUs, isReport, reader.Packet.Span))
                {
                    _didNotFit++;
                    continue;
                }

                (packets, reports) = isReport ? (packets, reports + 1) : (packets + 1, reports);
            }

            _written.Add(new ExportedFile(path, packets, reports, track.Name));
            WriteSdp(Path.ChangeExtension(path, ".sdp"), track.Header.RecordingId, [(track, address)]);
        }
    }

    private void WriteMjr()
    {
        RequireOneFile(_tracks.Sum(track => track.Track.Media.Count()));
        foreach ((ExportTrack track, _) in _tracks)
        {
            uint[] media = [.. track.Media.Select(encoding => encoding.Ssrc)];
            _leftOutReports += track.Reports;
            Dictionary<uint, (MjrWriter Writer, string Path)> writers = [];
            foreach (uint ssrc in media)
            {
                string path = IsFile ? _output : Path.Combine(_output, media.Length == 1 ? track.Name + Extension : $"{track.Name}-{ssrc}{Extension}");
                PayloadFormat main = track.MainFormat(ssrc)!;
                PayloadFormat? inner = main.Codec == "red" ? Inside(track, main) : null;
                writers.Add(ssrc, (new MjrWriter(_files.Create(path), StartOf(track), track.Kind, inner ?? main, inner is null ? null : main.Pt, track.Extensions, track.Name), path));
            }

            Dictionary<uint, long> packets = media.ToDictionary(ssrc => ssrc, _ => 0L);
            using Stream stream = track.Open();
            var reader = new TrackEntryReader(stream);
            while (Next(reader))
            {
                if (reader.IsReport || !RtpPacket.TryParse(reader.Packet.Span, out RtpPacket packet, out _))
                {
                    continue;
                }

                if (!writers.TryGetValue(packet.Ssrc, out (MjrWriter Writer, string Path) target))
                {
                    _leftOutRepair++;
                }
                else if (target.Writer.TryWrite(reader.TimeUs, reader.Packet.Span))
                {
                    packets[packet.Ssrc]++;
                    _long += reader.Packet.Length > MjrWriter.MaxJanusPacket ? 1 : 0;
                }
                else
                {
                    _didNotFit++;
                }
            }

            _written.AddRange(media.Select(ssrc => new ExportedFile(writers[ssrc].Path, packets[ssrc], 0, track.Name, ssrc)));
        }
    }

    // fmtp of RED lists what is inside (RFC 2198, 5).
    private static PayloadFormat? Inside(ExportTrack track, PayloadFormat red) =>
        track.PayloadTypes.FirstOrDefault(format => $"{format.Pt}" == red.Fmtp.Split('/')[0] && format.Codec != "red");

    private static long StartOf(ExportTrack track) => track.FirstUs == long.MaxValue ? 0 : Math.Max(0, track.FirstUs);

    private static string Describe(ExportTrack track) =>
        $"track {track.Name}, peer {track.Header.PeerId}, {track.Kind} {track.Header.TrackType}: "
        + string.Join(", ", track.Media.Select(encoding => $"SSRC {encoding.Ssrc}{(encoding.RtxSsrc == 0 ? "" : $" (RTX {encoding.RtxSsrc})")}"))
        + "; " + string.Join(", ", track.PayloadTypes.Select(format => $"{format.Pt} {format.Codec}/{format.ClockRate}"));

    private bool Next(TrackEntryReader reader)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        return reader.Read();
    }

    private void RequireOneFile(int count)
    {
        if (IsFile && count != 1)
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"{count} files would be written: give a folder to --out instead of {_output}");
        }
    }

    private void WriteSdp(string path, string name, IEnumerable<(ExportTrack Track, ExportAddress Address)> tracks)
    {
        _files.Create(path).Write(Encoding.UTF8.GetBytes(SdpWriter.Write(name, tracks)));
        _written.Add(new ExportedFile(path, 0, 0));
    }
}

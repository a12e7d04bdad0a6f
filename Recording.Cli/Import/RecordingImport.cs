using System.Security.Cryptography;
using Recording.Media.Captures;
using Recording.Media.Captures.Import;
using Recording.Media.TrackFiles;
using Recording.Model;
using Recording.Model.Documents;

namespace Recording.Cli.Import;

/// <summary>Makes a recording's directory of captures. It appears under its name when it is complete, and not at all when the import fails.</summary>
public static class RecordingImport
{
    /// <summary>Reads the captures twice and writes the directory.</summary>
    /// <exception cref="RecordingException">4004: a file is missing; 1003: no capture, nothing in it that is described, or a name that is not allowed; 2004: the directory exists; 3004: too many tracks.</exception>
    public static async Task<ImportResult> RunAsync(ImportRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        string directory = Path.GetFullPath(request.Output);
        if (File.Exists(directory) || (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any()))
        {
            throw new RecordingException(RecordingErrorCode.WrongState, $"{directory} exists already: an import makes a new directory");
        }

        CaptureSource[] captures = [.. request.Captures.Select(path => Source(path, request))];
        CaptureSurvey survey = CaptureSurvey.Run(captures, request.Options, cancellationToken);
        var names = new ImportedTracks(request, survey.Tracks);
        long originUs = survey.Tracks.Min(track => track.FirstUs);
        string recordingId = request.RecordingId ?? RecordingId.Mint(DocumentTime.FromMicroseconds(originUs), RandomNumberGenerator.GetBytes(RecordingId.EntropyBytes));
        if (!RecordingId.IsValid(recordingId))
        {
            throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"A recording id has {RecordingId.Length} lower-case base 32 characters; found '{recordingId}'.");
        }

        string partial = $"{directory.TrimEnd(Path.DirectorySeparatorChar)}.importing-{recordingId}";
        try
        {
            ImportResult result = await WriteAsync(request, captures, survey, names, partial, recordingId, cancellationToken);
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory);
            }

            Directory.Move(partial, directory);
            return result with { Directory = directory };
        }
        catch
        {
            if (Directory.Exists(partial))
            {
                Directory.Delete(partial, recursive: true);
            }

            throw;
        }
    }

    private static async Task<ImportResult> WriteAsync(
        ImportRequest request, CaptureSource[] captures, CaptureSurvey survey, ImportedTracks names, string directory, string recordingId, CancellationToken cancellationToken)
    {
        string version = typeof(RecordingImport).Assembly.GetName().Version!.ToString(3);
        Directory.CreateDirectory(Path.Combine(directory, "tracks"));
        var outputs = new List<ImportOutput>();
        IReadOnlyList<AssemblyResult> files;
        try
        {
            foreach (NamedTrack track in names.Tracks)
            {
                outputs.Add(new ImportOutput(track.Track, track.Header(request.Room, recordingId, version), File.Create(Path.Combine(directory, track.File))));
            }

            // The same captures give the same bytes: the epoch is a time, and not random.
            ulong epoch = (ulong)Math.Max(1, survey.Tracks.Min(track => track.FirstUs));
            files = await CaptureImport.WriteAsync(captures, outputs, epoch, cancellationToken);
        }
        finally
        {
            outputs.ForEach(output => output.Stream.Dispose());
        }

        var documents = new ImportedDocuments(request.Room, recordingId, version, names.Tracks, files);
        FileHash timeline = await PutAsync(directory, RecordingDocument.TimelineFile, RecordingDocument.Write(documents.Timeline()), cancellationToken);
        FileHash policy = await PutAsync(directory, RecordingDocument.PolicyFile, RecordingDocument.Write(documents.PolicyInForce()), cancellationToken);
        await PutAsync(directory, RecordingDocument.MetadataFile, RecordingDocument.Write(documents.Metadata([timeline, policy])), cancellationToken);
        return new ImportResult
        {
            Directory = directory,
            RecordingId = recordingId,
            DurationSeconds = documents.DurationSeconds,
            Peers = [.. names.Peers],
            Tracks = [.. names.Tracks.Zip(files, (track, file) => new ImportedTrack(
                track.TrackId, track.PeerId, track.Track.Kind, track.Track.Codec, track.Track.Ssrcs, track.Track.RepairSsrcs, file.Packets, file.SenderReports, file.Lost, track.File, file.Sha256))],
            LeftOut = [.. survey.LeftOut.Select(stream => new ImportLeftOut(stream.Ssrc, [.. stream.PayloadTypes.Select(type => (int)type)], stream.Packets, stream.Reason))],
            Counts = ImportCounts.From(survey.Counts),
            Defects = survey.Defects,
        };
    }

    private static async Task<FileHash> PutAsync(string directory, string name, byte[] bytes, CancellationToken cancellationToken)
    {
        await File.WriteAllBytesAsync(Path.Combine(directory, name), bytes, cancellationToken);
        return new FileHash { File = name, Bytes = bytes.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)) };
    }

    private static CaptureSource Source(string path, ImportRequest request)
    {
        string beside = Path.ChangeExtension(path, ".sdp");
        IReadOnlyList<string> spoken = request.Sdps.Count > 0 ? request.Sdps : File.Exists(beside) ? [beside] : [];
        foreach (string file in spoken.Prepend(path).Where(file => !File.Exists(file)))
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"there is no file {file}");
        }

        return new CaptureSource(Path.GetFileNameWithoutExtension(path), () => Open(path), [.. spoken.Select(Session)]) { SnapLength = request.SnapLength };
    }

    private static IReadOnlyList<SdpMediaDescription> Session(string path)
    {
        IReadOnlyList<SdpMediaDescription> sections = SdpParser.Parse(File.ReadAllText(path));
        return sections.Any(section => section.PayloadTypes.Count > 0)
            ? sections
            : throw new RecordingException(RecordingErrorCode.ProtocolViolation, $"{path} is no SDP that describes media: it has no m= line with a payload type");
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16, FileOptions.SequentialScan);
}

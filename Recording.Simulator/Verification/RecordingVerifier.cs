using System.Security.Cryptography;
using System.Text.Json;
using Recording.Media.TrackFiles;
using Recording.Model;

namespace Recording.Simulator.Verification;

/// <summary>Compares what is stored below a directory with its own checksums and, as a multiset on (room, producer, bytes), with an SFU's ledger.</summary>
public static class RecordingVerifier
{
    private const string TracksFolder = "tracks";
    private const string SegmentsFolder = "segments";

    /// <summary>Reads every track file and every segment of tracks that have no file yet.</summary>
    /// <param name="directory">A data directory, a bucket's copy, one recording, or one track file or segment.</param>
    /// <param name="ledgerPath">What was sent; null = only checksums and hashes.</param>
    /// <param name="progress">Told the number of tracks read.</param>
    /// <param name="excusedPath">Lines of packets that may be missing without counting so; null = none may.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="RecordingException">4004: directory or ledger missing; 1003: the ledger is none.</exception>
    public static VerificationReport Verify(string directory, string? ledgerPath, IProgress<int>? progress = null, string? excusedPath = null, CancellationToken cancellationToken = default)
    {
        bool isFile = File.Exists(directory);
        if (!isFile && !Directory.Exists(directory))
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"there is no file or directory {directory}");
        }

        PacketLedger? ledger = ledgerPath is null ? null : PacketLedger.Read(ledgerPath);
        PacketLedger? excuses = excusedPath is null ? null : PacketLedger.Read(excusedPath);
        var problems = new List<string>();
        long missing = 0, excused = 0, extra = 0, duplicated = 0, damaged = 0, empty = 0, reports = 0, stored = 0;
        ulong holes = 0;
        long disordered = 0;
        int tracks = 0, mismatched = 0;
        var places = new List<DamagePlace>();
        void Problem(string text)
        {
            if (problems.Count < VerificationReport.MaxProblems)
            {
                problems.Add(text);
            }
        }

        var packets = new Dictionary<(string Room, string Producer), Dictionary<PacketIdentity, int>>();
        void ReadTrack(string root, string[] files, bool open)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var track = new StoredTrack(root, Problem);
            foreach (string file in files)
            {
                track.Read(file, mayOverlap: open);
            }

            Count(packets, track);
            (stored, duplicated, damaged, empty, reports) =
                (stored + track.Count, duplicated + track.Duplicated, damaged + track.Damaged, empty + track.Empty, reports + track.Reports);
            (holes, disordered) = (holes + track.Holes, disordered + track.Disordered);
            places.AddRange(track.Places.Take(VerificationReport.MaxProblems - places.Count));
            tracks++;
            progress?.Report(tracks);
        }

        IReadOnlyList<string> recordings = isFile ? [] : Recordings(directory);
        if (isFile)
        {
            // A segment need not end with an index: its name tells what it is.
            ReadTrack(Path.GetDirectoryName(Path.GetFullPath(directory))!, [directory], SegmentKey.TryParse(Path.GetFileName(directory), out _));
        }

        foreach (string recording in recordings)
        {
            mismatched += CheckHashes(directory, recording, Problem);
            foreach ((string[] files, bool open) in Tracks(recording))
            {
                ReadTrack(directory, files, open);
            }
        }

        if (ledger is not null)
        {
            foreach ((string Room, string Producer) key in packets.Keys.Union(ledger.Tracks).Order())
            {
                (long lacking, long allowed, long more, long twice) = Compare(
                    ledger.Sent(key.Room, key.Producer), excuses?.Sent(key.Room, key.Producer), packets.GetValueOrDefault(key) ?? [], key, Problem);
                (missing, excused, extra, duplicated) = (missing + lacking, excused + allowed, extra + more, duplicated + twice);
            }
        }

        return new VerificationReport
        {
            Recordings = recordings.Count,
            Tracks = tracks,
            Stored = stored,
            Sent = ledger?.Count,
            Missing = missing,
            Excused = excused,
            Extra = extra,
            Duplicated = duplicated,
            Damaged = damaged,
            Holes = holes,
            Disordered = disordered,
            Mismatched = mismatched,
            Empty = empty,
            Reports = reports,
            CutLines = ledger?.CutLines ?? 0,
            Damage = places,
            Problems = problems,
        };
    }

    private static IReadOnlyList<string> Recordings(string directory) =>
    [
        .. new[] { directory }.Concat(Directory.EnumerateDirectories(directory, "*", SearchOption.AllDirectories))
            .Where(folder => Directory.Exists(Path.Combine(folder, TracksFolder)) || Directory.Exists(Path.Combine(folder, SegmentsFolder)))
            .Where(folder => Path.GetFileName(folder) != "processed")
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<(string[] Files, bool Open)> Tracks(string recording)
    {
        var complete = new HashSet<string>(StringComparer.Ordinal);
        string tracks = Path.Combine(recording, TracksFolder);
        if (Directory.Exists(tracks))
        {
            foreach (string file in Directory.EnumerateFiles(tracks, "*.rtp").Order(StringComparer.Ordinal))
            {
                complete.Add(TrackOf(file));
                yield return ([file], false);
            }
        }

        string segments = Path.Combine(recording, SegmentsFolder);
        if (!Directory.Exists(segments))
        {
            yield break;
        }

        // Segments of a complete track wait for their deletion: the track file holds what they hold.
        foreach (string folder in Directory.EnumerateDirectories(segments).Where(folder => !complete.Contains(Path.GetFileName(folder))).Order(StringComparer.Ordinal))
        {
            string[] files = [.. Directory.EnumerateFiles(folder, "*.rtp").Order(StringComparer.Ordinal)];
            if (files.Length > 0)
            {
                yield return (files, true);
            }
        }
    }

    // tracks/{track}.r2.rtp is the track's second file, made when packets came late.
    private static string TrackOf(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        int mark = name.LastIndexOf(".r", StringComparison.Ordinal);
        return mark > 0 && name.AsSpan(mark + 2).IndexOfAnyExceptInRange('0', '9') < 0 && mark + 2 < name.Length ? name[..mark] : name;
    }

    private static void Count(Dictionary<(string Room, string Producer), Dictionary<PacketIdentity, int>> packets, StoredTrack track)
    {
        if (!packets.TryGetValue((track.Room, track.Producer), out Dictionary<PacketIdentity, int>? counts))
        {
            packets.Add((track.Room, track.Producer), counts = []);
        }

        foreach (PacketIdentity packet in track.Packets)
        {
            counts[packet] = counts.GetValueOrDefault(packet) + 1;
        }
    }

    private static (long Missing, long Excused, long Extra, long Duplicated) Compare(
        IReadOnlyDictionary<PacketIdentity, int> sent,
        IReadOnlyDictionary<PacketIdentity, int>? excuses,
        Dictionary<PacketIdentity, int> stored,
        (string Room, string Producer) track,
        Action<string> problem)
    {
        long missing = 0, excused = 0, extra = 0, duplicated = 0;
        foreach ((PacketIdentity packet, int times) in sent)
        {
            int lacking = Math.Max(0, times - stored.GetValueOrDefault(packet));
            int allowed = Math.Min(lacking, excuses?.GetValueOrDefault(packet) ?? 0);
            missing += lacking - allowed;
            excused += allowed;
        }

        foreach ((PacketIdentity packet, int times) in stored)
        {
            int surplus = times - sent.GetValueOrDefault(packet);
            if (surplus > 0 && sent.ContainsKey(packet))
            {
                duplicated += surplus;
            }
            else if (surplus > 0)
            {
                extra += surplus;
            }
        }

        if (missing + extra + duplicated > 0)
        {
            problem($"room {track.Room}, producer {track.Producer}: {missing} missing, {extra} extra, {duplicated} duplicated of {sent.Values.Sum(times => (long)times)} sent");
        }

        return (missing, excused, extra, duplicated);
    }

    private static int CheckHashes(string directory, string recording, Action<string> problem)
    {
        string metadata = Path.Combine(recording, "metadata.json");
        if (!File.Exists(metadata))
        {
            return 0;
        }

        string name = Path.GetRelativePath(directory, metadata);
        int mismatched = 0;
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(metadata));
            if (!json.RootElement.TryGetProperty("integrity", out JsonElement integrity))
            {
                return 0;
            }

            foreach (JsonElement entry in integrity.GetProperty("files").EnumerateArray())
            {
                string file = entry.GetProperty("file").GetString()!;
                if (Defect(recording, file, entry.GetProperty("bytes").GetInt64(), entry.GetProperty("sha256").GetString()!) is { } defect)
                {
                    mismatched++;
                    problem($"{name}: {file} {defect}");
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            mismatched++;
            problem($"{name} cannot be read: {exception.Message}");
        }

        return mismatched;
    }

    private static string? Defect(string recording, string file, long bytes, string sha256)
    {
        string path = Path.GetFullPath(Path.Combine(recording, file));
        if (!path.StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(recording)) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return "lies outside the recording";
        }

        if (!File.Exists(path))
        {
            return "does not exist";
        }

        using FileStream stream = File.OpenRead(path);
        if (stream.Length != bytes)
        {
            return $"has {stream.Length} bytes instead of {bytes}";
        }

        string actual = Convert.ToHexStringLower(SHA256.HashData(stream));
        return actual == sha256 ? null : $"has the hash {actual} instead of {sha256}";
    }
}

using System.Security.Cryptography;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.Model;
using Recording.Model.Documents;
using Recording.Simulator.Verification;

namespace Recording.Cli.Repair;

/// <summary>Repairs a track file, or the damaged ones of a recording's directory. A damaged file is never lost: without being asked nothing takes its name.</summary>
public sealed class RecordingRepair
{
    /// <summary>Ending of a repaired file beside the damaged one.</summary>
    public const string RepairedSuffix = ".repaired";

    /// <summary>Ending of a damaged file whose name the repaired one took.</summary>
    public const string DamagedSuffix = ".damaged";

    private readonly string? _output;
    private readonly bool _inPlace;
    private readonly CancellationToken _cancellationToken;
    private readonly Dictionary<string, AssemblyResult> _results = new(StringComparer.Ordinal);

    private RecordingRepair(string? output, bool inPlace, CancellationToken cancellationToken)
    {
        _output = output;
        _inPlace = inPlace;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Repairs.</summary>
    /// <param name="path">A track file or a recording's directory.</param>
    /// <param name="output">Where the repaired file, or a whole repaired copy of the directory, goes; null = beside the damaged files.</param>
    /// <param name="inPlace">Repaired files take the names of damaged ones, which are kept with another ending; metadata.json is brought up to date.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RecordingException">4004: nothing there; 2004: the output exists.</exception>
    public static Task<RepairReport> RunAsync(string path, string? output, bool inPlace, CancellationToken cancellationToken = default)
    {
        if (output is not null && (File.Exists(output) || Directory.Exists(output)))
        {
            throw new RecordingException(RecordingErrorCode.WrongState, $"{output} exists already: a repair replaces nothing");
        }

        var repair = new RecordingRepair(output, inPlace, cancellationToken);
        return File.Exists(path) ? repair.FileAsync(path) : repair.DirectoryAsync(path);
    }

    private async Task<RepairReport> FileAsync(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(path))) ?? "";
        RepairedFile file = await RepairAsync(path, _output ?? (_inPlace ? path : path + RepairedSuffix), Substitute(ReadMetadata(folder), path));
        return new RepairReport { Files = [file] };
    }

    private async Task<RepairReport> DirectoryAsync(string directory)
    {
        string tracks = Path.Combine(directory, "tracks");
        string[] paths = Directory.Exists(tracks) ? [.. Directory.EnumerateFiles(tracks, "*.rtp").Order(StringComparer.Ordinal)] : [];
        if (paths.Length == 0)
        {
            throw new RecordingException(RecordingErrorCode.NotFound, $"{directory} is no track file, and no recording's directory with tracks/*.rtp");
        }

        if (_output is not null)
        {
            Copy(directory, _output);
        }

        MetadataDocument? metadata = ReadMetadata(directory);
        var files = new List<RepairedFile>();
        foreach (string path in paths)
        {
            string target = _output is not null ? Path.Combine(_output, "tracks", Path.GetFileName(path)) : _inPlace ? path : path + RepairedSuffix;
            files.Add(await RepairAsync(path, target, Substitute(metadata, path)));
        }

        string? updated = null;
        if (metadata is not null && (_output is not null || _inPlace) && _results.Count > 0)
        {
            updated = Path.Combine(_output ?? directory, RecordingDocument.MetadataFile);
            Replace(updated, RecordingDocument.Write(RepairedMetadata.Update(metadata, _results)));
        }

        return new RepairReport { Files = files, Metadata = updated };
    }

    private async Task<RepairedFile> RepairAsync(string path, string target, TrackHeader? substitute)
    {
        if (_output is null && !_inPlace && File.Exists(target))
        {
            throw new RecordingException(RecordingErrorCode.WrongState, $"{target} exists already: a repair replaces nothing");
        }

        string partial = target + ".partial";
        RepairResult result;
        string before;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
            await using FileStream damaged = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            await using (FileStream output = File.Create(partial))
            {
                result = await TrackFileRepair.RepairAsync(damaged, output, substitute, _cancellationToken);
                output.Flush(flushToDisk: true);
            }

            damaged.Position = 0;
            before = Convert.ToHexStringLower(await SHA256.HashDataAsync(damaged, _cancellationToken));
        }
        catch
        {
            File.Delete(partial);
            throw;
        }

        ulong lost = result.File.Gaps.Where(gap => gap is { Reason: "damaged" or "missing", FirstIndex: > 0 }).Aggregate(0UL, (sum, gap) => sum + (gap.LastIndex - gap.FirstIndex + 1));
        var file = new RepairedFile
        {
            File = path,
            Packets = result.File.Packets,
            LostPackets = lost,
            DamagedBytes = result.DamagedBytes,
            DuplicateBlocks = result.DuplicateBlocks,
            HeaderReplaced = result.HeaderReplaced,
            Damage = [.. result.Damage.Select(damage => DamagePlace.From(damage))],
            Sha256 = result.File.Sha256,
        };

        // Made again byte for byte: nothing was wrong with it.
        if (before == result.File.Sha256)
        {
            File.Delete(partial);
            return file with { LostPackets = 0 };
        }

        string? kept = null;
        if (string.Equals(Path.GetFullPath(target), Path.GetFullPath(path), StringComparison.Ordinal))
        {
            kept = FreeName(path + DamagedSuffix);
            File.Move(path, kept);
        }

        File.Move(partial, target, overwrite: _output is not null);
        _results[Path.GetFileName(path)] = result.File;
        return file with { Output = target, Kept = kept };
    }

    private static string FreeName(string path)
    {
        string free = path;
        for (int i = 2; File.Exists(free); i++)
        {
            free = $"{path}.{i}";
        }

        return free;
    }

    private static MetadataDocument? ReadMetadata(string directory)
    {
        string path = Path.Combine(directory, RecordingDocument.MetadataFile);
        try
        {
            return File.Exists(path) ? RecordingDocument.ReadMetadata(File.ReadAllBytes(path)) : null;
        }
        catch (RecordingException)
        {
            // A damaged document is no reason not to repair what can be.
            return null;
        }
    }

    // What metadata.json knows of a track whose file has no readable header.
    private static TrackHeader? Substitute(MetadataDocument? metadata, string path)
    {
        string name = $"tracks/{Path.GetFileName(path)}";
        return metadata?.Participants.SelectMany(peer => peer.Tracks.Select(track => (peer, track))).FirstOrDefault(pair => pair.track.File == name) is ({ } peer, { } track)
            ? RepairedMetadata.Header(metadata, peer, track)
            : null;
    }

    private static void Replace(string path, byte[] bytes)
    {
        File.WriteAllBytes(path + ".partial", bytes);
        File.Move(path + ".partial", path, overwrite: true);
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}

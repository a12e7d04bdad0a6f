using System.Globalization;
using System.Text.Json;
using Recording.Media.TrackFiles;

namespace Recording.EndToEnd.Chaos;

/// <summary>Whether recordings say what was damaged, and where.</summary>
internal static class DamageReport
{
    /// <summary>A line for each damaged block of which something is missing in the track file and that no gap of metadata.json covers with the reason <c>damaged</c>.</summary>
    /// <param name="directory">A copy of the store.</param>
    /// <param name="blocks">What was damaged.</param>
    public static IEnumerable<string> Unreported(string directory, IReadOnlyList<DamagedBlock> blocks)
    {
        foreach (DamagedBlock block in blocks)
        {
            string recording = Path.Combine(directory, block.Prefix);
            string metadata = Path.Combine(recording, "metadata.json");
            if (!File.Exists(metadata) || !IsWholeOrReported(recording, metadata, block))
            {
                yield return $"{block} is missing in the track file and not reported as damaged";
            }
        }
    }

    private static bool IsWholeOrReported(string recording, string metadata, DamagedBlock block)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(metadata));
        return json.RootElement.GetProperty("participants").EnumerateArray()
            .SelectMany(static participant => participant.GetProperty("tracks").EnumerateArray())
            .Where(track => track.GetProperty("track_id").GetString() == block.TrackId)
            .Any(track => IsReported(track, block) || (track.TryGetProperty("file", out JsonElement file) && Holds(Path.Combine(recording, file.GetString()!), block)));
    }

    private static bool IsReported(JsonElement track, DamagedBlock block) => track.GetProperty("gaps").EnumerateArray().Any(gap =>
        gap.GetProperty("reason").GetString() == "damaged"
        && gap.TryGetProperty("epoch", out JsonElement epoch) && epoch.GetString() == block.Epoch.ToString(CultureInfo.InvariantCulture)
        && gap.GetProperty("first_index").GetUInt64() <= block.FirstIndex && gap.GetProperty("last_index").GetUInt64() >= block.LastIndex);

    private static bool Holds(string file, DamagedBlock block)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        ulong next = block.FirstIndex;
        using FileStream stream = File.OpenRead(file);
        var reader = new TrackFileReader(stream);
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Data && reader.Header.Epoch == block.Epoch
                && reader.Header.FirstIndex <= next && next < reader.Header.EndIndex)
            {
                next = reader.Header.EndIndex;
            }
        }

        return next > block.LastIndex;
    }
}

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
            string track = Path.Combine(recording, "tracks", block.TrackId + ".rtp");
            string metadata = Path.Combine(recording, "metadata.json");
            if (!File.Exists(metadata) || (!(File.Exists(track) && Holds(track, block)) && !IsReported(metadata, block)))
            {
                yield return $"{block} is missing in the track file and not reported as damaged";
            }
        }
    }

    private static bool Holds(string track, DamagedBlock block)
    {
        ulong next = block.FirstIndex;
        using FileStream file = File.OpenRead(track);
        var reader = new TrackFileReader(file);
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

    private static bool IsReported(string metadata, DamagedBlock block)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(metadata));
        return Gaps(json.RootElement, block.TrackId).Any(gap =>
            gap.GetProperty("reason").GetString() == "damaged"
            && gap.TryGetProperty("epoch", out JsonElement epoch) && epoch.GetString() == block.Epoch.ToString(CultureInfo.InvariantCulture)
            && gap.GetProperty("first_index").GetUInt64() <= block.FirstIndex && gap.GetProperty("last_index").GetUInt64() >= block.LastIndex);
    }

    private static IEnumerable<JsonElement> Gaps(JsonElement root, string trackId) => root.GetProperty("participants").EnumerateArray()
        .SelectMany(static participant => participant.GetProperty("tracks").EnumerateArray())
        .Where(track => track.GetProperty("file").GetString() == $"tracks/{trackId}.rtp")
        .SelectMany(static track => track.GetProperty("gaps").EnumerateArray());
}

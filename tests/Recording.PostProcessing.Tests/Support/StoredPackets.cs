using Recording.PostProcessing.Ffmpeg;

namespace Recording.PostProcessing.Tests.Support;

/// <summary>What a file holds of a picture, not decoded: whoever encodes it again makes other packets.</summary>
/// <param name="PtsMs">Time of each packet, ms.</param>
/// <param name="Hashes">Length and SHA-256 of each packet.</param>
public sealed record StoredPackets(IReadOnlyList<long> PtsMs, IReadOnlyList<string> Hashes)
{
    public static async Task<StoredPackets> ReadAsync(FileInfo file)
    {
        using ScratchDirectory scratch = ScratchDirectory.Create();
        await Tools.Run.RunAsync(["-copyts", "-i", file.FullName, "-map", "0:v", "-c", "copy", "-f", "framehash", "-hash", "sha256", "-y", "packets"], scratch.Directory);
        string[] lines = await File.ReadAllLinesAsync(scratch.File("packets").FullName);

        // "#tb 0: 1/90000", and for each packet: stream, dts, pts, duration, length, hash.
        string[] timeBase = lines.Single(line => line.StartsWith("#tb 0:", StringComparison.Ordinal)).Split(' ')[^1].Split('/');
        string[][] packets = [.. lines.Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(',', StringSplitOptions.TrimEntries))];
        return new StoredPackets(
            [.. packets.Select(packet => (long)Math.Round(1000.0 * Number(packet[2]) * Number(timeBase[0]) / Number(timeBase[1])))],
            [.. packets.Select(packet => $"{packet[4]} {packet[5]}")]);
    }

    private static long Number(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}

using System.Text.Json;
using NJsonSchema;
using Recording.Media.Rtp;
using Recording.Media.TrackFiles;
using Recording.Media.TrackFiles.Wire;
using Recording.TestInfrastructure;

namespace Recording.Cli.Tests;

/// <summary>A place for captures, and what is imported from them.</summary>
internal sealed class ImportFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Recording => Path.Combine(_folder.Path, "recording");

    public static string Fixture(string name) => Path.Combine(SourceTree.Root, "tests", "fixtures", "browser", name);

    public string PathOf(string name) => Path.Combine(_folder.Path, name);

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    public Task<CommandLineRun> ImportAsync(params string[] arguments) => CommandLineRun.RunAsync(["import", .. arguments, "--out", Recording]);

    /// <summary>RTP and reports of a track in the order of the file.</summary>
    public List<(long TimeUs, string Packet)> Packets(string trackId, string? recording = null) => Read(TrackFile(trackId, recording));

    public string TrackFile(string trackId, string? recording = null) => Path.Combine(recording ?? Recording, "tracks", trackId + ".rtp");

    public static List<(long TimeUs, string Packet)> Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        var reader = new TrackFileReader(file);
        var packets = new List<(long, string)>();
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Data)
            {
                var entries = new DataPayloadReader(reader.Payload.Span, reader.Header.BaseTimeUs);
                while (entries.Read())
                {
                    packets.Add((entries.TimeUs, Convert.ToHexStringLower(entries.Packet)));
                }
            }
        }

        Assert.Empty(reader.Damage);
        return packets;
    }

    public static bool IsReport((long TimeUs, string Packet) entry) => Rtcp.IsRtcp(Convert.FromHexString(entry.Packet[..8]));

    public TrackFormat Format(string trackId)
    {
        using FileStream file = File.OpenRead(TrackFile(trackId));
        var reader = new TrackFileReader(file);
        Assert.True(reader.Read());
        return reader.Format!;
    }

    public async Task AssertValidDocumentsAsync()
    {
        foreach (string name in (string[])["metadata", "timeline", "policy"])
        {
            JsonSchema schema = await JsonSchema.FromFileAsync(Path.Combine(SourceTree.Root, "docs", "schemas", $"{name}.schema.json"));
            Assert.Empty(schema.Validate(await File.ReadAllTextAsync(Path.Combine(Recording, $"{name}.json"))));
        }
    }

    public async Task AssertVerifiedAsync()
    {
        CommandLineRun run = await CommandLineRun.RunAsync("verify", Recording);
        Assert.True(run.ExitCode == ExitCode.Ok, run.Output);
    }

    public static string TrackIds(CommandLineRun run) => string.Join(' ', run.Json.GetProperty("tracks").EnumerateArray().Select(track => track.GetProperty("track_id").GetString()));

    public static JsonElement Track(CommandLineRun run, string trackId) =>
        run.Json.GetProperty("tracks").EnumerateArray().Single(track => track.GetProperty("track_id").GetString() == trackId);

    public void Dispose() => _folder.Dispose();
}

using System.Text.Json;
using Recording.Media.TrackFiles;

namespace Recording.Cli.Tests;

public sealed class RepairCommandTests
{
    [Fact]
    public async Task Verify_tells_the_place_of_a_flipped_bit()
    {
        using var folder = await ImportedAsync();
        string track = folder.TrackFile("peer-1-video");
        (long offset, BlockHeader block) = Flip(track, number: 3);

        foreach (string path in (string[])[folder.Recording, track])
        {
            CommandLineRun run = await CommandLineRun.RunAsync("verify", path, "--json");

            Assert.Equal(ExitCode.Failed, run.ExitCode);
            JsonElement damage = Assert.Single(run.Json.GetProperty("damage").EnumerateArray());
            Assert.Equal(
                (offset, (long)block.BlockLength, 3L, $"{block.Epoch}", block.FirstIndex, block.EndIndex - 1, block.BaseTimeUs),
                (damage.GetProperty("offset").GetInt64(), damage.GetProperty("length").GetInt64(), damage.GetProperty("block").GetInt64(), damage.GetProperty("epoch").GetString()!,
                    damage.GetProperty("first_index").GetUInt64(), damage.GetProperty("last_index").GetUInt64(), damage.GetProperty("from_us").GetInt64()));
            Assert.EndsWith("peer-1-video.rtp", damage.GetProperty("file").GetString(), StringComparison.Ordinal);
            Assert.Equal((ulong)block.PacketCount, run.Json.GetProperty("holes").GetUInt64());
            Assert.Equal(path == track ? 0 : 1, run.Json.GetProperty("mismatched").GetInt32());
        }
    }

    [Fact]
    public async Task A_repair_keeps_the_damaged_file_and_loses_only_its_block()
    {
        using var folder = await ImportedAsync();
        string track = folder.TrackFile("peer-1-video");
        List<(long TimeUs, string Packet)> before = folder.Packets("peer-1-video");
        (_, BlockHeader block) = Flip(track, number: 3);
        byte[] damaged = await File.ReadAllBytesAsync(track);

        CommandLineRun run = await CommandLineRun.RunAsync("repair", track);
        CommandLineRun again = await CommandLineRun.RunAsync("repair", track);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal(ExitCode.Failed, again.ExitCode);
        Assert.Contains("exists already", again.Error, StringComparison.Ordinal);
        Assert.Equal((ulong)block.PacketCount, run.Json.GetProperty("files")[0].GetProperty("lost_packets").GetUInt64());
        Assert.Equal(damaged, await File.ReadAllBytesAsync(track));
        before.RemoveRange((int)block.FirstIndex - 1, block.PacketCount);
        Assert.Equal(before, ImportFolder.Read(track + ".repaired"));
        File.Move(track + ".repaired", folder.PathOf("a.rtp"));
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.RunAsync("verify", folder.PathOf("a.rtp"))).ExitCode);
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.RunAsync("repair", folder.PathOf("a.rtp"))).ExitCode);
        Assert.False(File.Exists(folder.PathOf("a.rtp.repaired")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_repaired_recording_verifies_and_its_documents_are_valid(bool inPlace)
    {
        using var folder = await ImportedAsync();
        (_, BlockHeader block) = Flip(folder.TrackFile("peer-1-video"), number: 3);
        byte[] audio = await File.ReadAllBytesAsync(folder.TrackFile("peer-1-audio"));
        await File.WriteAllBytesAsync(folder.TrackFile("peer-1-audio"), audio[..^40]);
        string copy = folder.PathOf("copy");

        CommandLineRun run = await CommandLineRun.RunAsync(["repair", folder.Recording, .. inPlace ? (string[])["--in-place"] : ["--out", copy]]);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        string repaired = inPlace ? folder.Recording : copy;
        CommandLineRun verified = await CommandLineRun.RunAsync("verify", repaired);
        Assert.True(verified.ExitCode == ExitCode.Ok, verified.Output);
        Assert.Equal(audio, await File.ReadAllBytesAsync(Path.Combine(repaired, "tracks", "peer-1-audio.rtp")));
        Assert.Equal(inPlace, File.Exists(folder.TrackFile("peer-1-video") + ".damaged"));
        using JsonDocument metadata = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(repaired, "metadata.json")));
        JsonElement gap = metadata.RootElement.GetProperty("participants")[0].GetProperty("tracks").EnumerateArray().Single(track => track.GetProperty("kind").GetString() == "video").GetProperty("gaps")[0];
        Assert.Equal((block.FirstIndex, block.EndIndex - 1, "damaged"), (gap.GetProperty("first_index").GetUInt64(), gap.GetProperty("last_index").GetUInt64(), gap.GetProperty("reason").GetString()!));
        if (inPlace)
        {
            await folder.AssertValidDocumentsAsync();
        }
    }

    [Fact]
    public async Task A_header_that_is_gone_comes_from_the_metadata()
    {
        using var folder = await ImportedAsync();
        string track = folder.TrackFile("peer-1-video");
        byte[] file = await File.ReadAllBytesAsync(track);
        file[20] ^= 1;
        await File.WriteAllBytesAsync(track, file);

        CommandLineRun run = await CommandLineRun.RunAsync("repair", folder.Recording, "--in-place");

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.True(run.Json.GetProperty("files").EnumerateArray().Single(entry => entry.GetProperty("file").GetString() == track).GetProperty("header_replaced").GetBoolean());
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.RunAsync("verify", folder.Recording)).ExitCode);
        Assert.Contains(folder.Format("peer-1-video").PayloadTypes, format => format is { Pt: 97, Codec: "rtx", Apt: 96 });
    }

    [Fact]
    public async Task Verify_finds_what_no_checksum_shows()
    {
        using var folder = await ImportedAsync();
        string track = folder.TrackFile("peer-1-video");
        byte[] file = await File.ReadAllBytesAsync(track);
        (int Start, int End)[] blocks = Blocks(track);

        async Task<JsonElement> VerifyAsync(byte[] changed)
        {
            await File.WriteAllBytesAsync(track, changed);
            CommandLineRun run = await CommandLineRun.RunAsync("verify", track);
            Assert.Equal(ExitCode.Failed, run.ExitCode);
            return run.Json;
        }

        JsonElement cut = await VerifyAsync(file[..blocks[5].End]);
        JsonElement missing = await VerifyAsync([.. file[..blocks[2].Start], .. file[blocks[2].End..]]);
        JsonElement swapped = await VerifyAsync([.. file[..blocks[2].Start], .. file[blocks[3].Start..blocks[3].End], .. file[blocks[2].Start..blocks[2].End], .. file[blocks[3].End..]]);
        JsonElement doubled = await VerifyAsync([.. file[..blocks[2].End], .. file[blocks[2].Start..]]);

        Assert.Contains("does not end with an index", cut.GetProperty("problems")[0].GetString(), StringComparison.Ordinal);
        Assert.NotEqual(0ul, missing.GetProperty("holes").GetUInt64());
        Assert.Equal(1, swapped.GetProperty("disordered").GetInt32());
        Assert.NotEqual(0, doubled.GetProperty("duplicated").GetInt32());
    }

    [Fact]
    public async Task A_segment_needs_no_index()
    {
        using var stored = new StoredRecording();
        const string name = "fedcba9876543210-00000000000000000001-00000000000000000060-a.rtp";
        stored.WriteSegment(name, stored.Packets.Take(60), 1);

        CommandLineRun run = await CommandLineRun.RunAsync("verify", Path.Combine(stored.Recording, "segments", "peer-1-audio", name));

        Assert.True(run.ExitCode == ExitCode.Ok, run.Output);
        Assert.Equal(60, run.Json.GetProperty("stored").GetInt32());
    }

    private static async Task<ImportFolder> ImportedAsync()
    {
        var folder = new ImportFolder();
        Assert.Equal(ExitCode.Ok, (await folder.ImportAsync(ImportFolder.Fixture("opus-dtx-vp8.pcap"))).ExitCode);
        return folder;
    }

    // Flips a bit in the middle of a data block.
    private static (long Offset, BlockHeader Block) Flip(string track, int number)
    {
        (int start, int end) = Blocks(track)[number];
        byte[] file = File.ReadAllBytes(track);
        Assert.True(BlockHeader.TryRead(file.AsSpan(start), out BlockHeader header));
        file[(start + end) / 2] ^= 0x10;
        File.WriteAllBytes(track, file);
        return (start, header);
    }

    private static (int Start, int End)[] Blocks(string track)
    {
        using FileStream file = File.OpenRead(track);
        var reader = new TrackFileReader(file);
        var blocks = new List<(int, int)>();
        while (reader.Read())
        {
            if (reader.Kind == TrackItemKind.Block && reader.Header.Kind == BlockKind.Data)
            {
                blocks.Add(((int)reader.Offset, (int)reader.Offset + reader.Length));
            }
        }

        return [.. blocks];
    }
}

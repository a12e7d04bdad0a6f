using System.Text.Json;

namespace Recording.Cli.Tests;

public sealed class VerifyCommandTests
{
    [Fact]
    public async Task A_recording_that_holds_what_was_sent_is_right()
    {
        using var stored = new StoredRecording();
        stored.WriteMetadata();

        CommandLineRun run = await VerifyAsync(stored);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal((1, 1), (run.Json.GetProperty("recordings").GetInt32(), run.Json.GetProperty("tracks").GetInt32()));
        Assert.Equal((100, 100), (run.Json.GetProperty("sent").GetInt32(), run.Json.GetProperty("stored").GetInt32()));
    }

    [Fact]
    public async Task A_packet_that_is_not_stored_is_missing()
    {
        using var stored = new StoredRecording();
        stored.WriteTrack(stored.Packets.SkipLast(1));

        Assert.Equal((1, 0, 0, 0), await CountsAsync(stored));
    }

    [Fact]
    public async Task A_packet_that_was_never_sent_is_extra()
    {
        using var stored = new StoredRecording();
        stored.WriteTrack([.. stored.Packets, StoredRecording.Packet(1000)]);

        Assert.Equal((0, 1, 0, 0), await CountsAsync(stored));
    }

    [Fact]
    public async Task A_packet_that_is_stored_under_two_indexes_is_duplicated()
    {
        using var stored = new StoredRecording();
        stored.WriteTrack([.. stored.Packets, stored.Packets[5]]);

        Assert.Equal((0, 0, 1, 0), await CountsAsync(stored));
    }

    [Fact]
    public async Task An_index_that_is_there_twice_is_duplicated()
    {
        using var stored = new StoredRecording();
        byte[] file = await File.ReadAllBytesAsync(stored.Track);
        await File.WriteAllBytesAsync(stored.Track, [.. file, .. file]);

        // The second index tells of half of the packets.
        Assert.Equal((0, 0, 100, 1), await CountsAsync(stored));
    }

    [Fact]
    public async Task A_packet_that_was_sent_twice_has_to_be_stored_twice()
    {
        using var stored = new StoredRecording();
        stored.WriteLedger([.. stored.Packets, stored.Packets[5]]);

        Assert.Equal((1, 0, 0, 0), await CountsAsync(stored));
        stored.WriteTrack([.. stored.Packets, stored.Packets[5]]);
        Assert.Equal((0, 0, 0, 0), await CountsAsync(stored));
    }

    [Fact]
    public async Task A_flipped_bit_is_damage_and_costs_one_block()
    {
        using var stored = new StoredRecording();
        byte[] file = await File.ReadAllBytesAsync(stored.Track);
        file[file.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(stored.Track, file);

        Assert.Equal((10, 0, 0, 1), await CountsAsync(stored));
    }

    [Fact]
    public async Task A_packet_changed_with_its_checksums_is_missing_and_extra()
    {
        using var stored = new StoredRecording();
        byte[][] packets = [.. stored.Packets];
        packets[7] = [.. packets[7].SkipLast(1), (byte)(packets[7][^1] ^ 1)];
        stored.WriteTrack(packets);

        Assert.Equal((1, 1, 0, 0), await CountsAsync(stored));
    }

    [Fact]
    public async Task Open_segments_may_overlap_and_count_once()
    {
        using var stored = new StoredRecording();
        File.Delete(stored.Track);
        stored.WriteSegment("a.rtp", stored.Packets.Take(60), 1);
        stored.WriteSegment("b.rtp", stored.Packets.Skip(40), 41);

        Assert.Equal((0, 0, 0, 0), await CountsAsync(stored));
    }

    [Fact]
    public async Task Segments_of_a_complete_track_are_left_out()
    {
        using var stored = new StoredRecording();
        stored.WriteSegment("a.rtp", stored.Packets.Take(60), 1);

        Assert.Equal((0, 0, 0, 0), await CountsAsync(stored));
    }

    [Fact]
    public async Task Sender_reports_and_empty_entries_are_no_packets()
    {
        using var stored = new StoredRecording();
        stored.WriteTrack([.. stored.Packets, StoredRecording.SenderReportPacket(), []]);

        CommandLineRun run = await VerifyAsync(stored);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal((1, 1), (run.Json.GetProperty("reports").GetInt32(), run.Json.GetProperty("empty").GetInt32()));
    }

    [Fact]
    public async Task A_file_that_is_not_as_the_metadata_says_is_told()
    {
        using var stored = new StoredRecording();
        stored.WriteMetadata(new string('0', 64));

        CommandLineRun run = await VerifyAsync(stored);

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal(1, run.Json.GetProperty("mismatched").GetInt32());
    }

    [Fact]
    public async Task A_ledger_cut_by_the_death_of_its_writer_is_read_up_to_there()
    {
        using var stored = new StoredRecording();
        await File.AppendAllTextAsync(stored.Ledger, "{\"room\":\"room-1\",\"prod");

        CommandLineRun run = await VerifyAsync(stored);

        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Equal(1, run.Json.GetProperty("cut_lines").GetInt32());
    }

    [Fact]
    public async Task A_missing_directory_or_ledger_is_a_usage_error()
    {
        using var stored = new StoredRecording();

        Assert.Equal(ExitCode.Usage, (await CommandLineRun.RunAsync("verify", stored.DataDirectory + "x")).ExitCode);
        Assert.Equal(ExitCode.Usage, (await CommandLineRun.RunAsync("verify", stored.DataDirectory, "--ledger", stored.Ledger + "x")).ExitCode);
    }

    [Fact]
    public async Task Inspect_counts_packets_by_ssrc_and_tells_damage()
    {
        using var stored = new StoredRecording();
        CommandLineRun whole = await CommandLineRun.RunAsync("inspect", stored.Track);
        JsonElement ssrc = whole.Json.GetProperty("ssrcs")[0];
        Assert.Equal(ExitCode.Ok, whole.ExitCode);
        Assert.Equal((4711u, 100, 0), (ssrc.GetProperty("ssrc").GetUInt32(), ssrc.GetProperty("packets").GetInt32(), ssrc.GetProperty("lost").GetInt32()));
        Assert.Equal("producer-1", whole.Json.GetProperty("header").GetProperty("producerId").GetString());

        byte[] file = await File.ReadAllBytesAsync(stored.Track);
        file[file.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(stored.Track, file);
        CommandLineRun damaged = await CommandLineRun.RunAsync("inspect", stored.Track);
        Assert.Equal(ExitCode.Failed, damaged.ExitCode);
        Assert.Equal(1, damaged.Json.GetProperty("damage_count").GetInt32());
    }

    private static Task<CommandLineRun> VerifyAsync(StoredRecording stored) => CommandLineRun.RunAsync("verify", stored.DataDirectory, "--ledger", stored.Ledger);

    private static async Task<(int Missing, int Extra, int Duplicated, int Damaged)> CountsAsync(StoredRecording stored)
    {
        CommandLineRun run = await VerifyAsync(stored);
        JsonElement json = run.Json;
        var counts = (json.GetProperty("missing").GetInt32(), json.GetProperty("extra").GetInt32(), json.GetProperty("duplicated").GetInt32(), json.GetProperty("damaged").GetInt32());
        Assert.Equal(counts == (0, 0, 0, 0) ? ExitCode.Ok : ExitCode.Failed, run.ExitCode);
        return counts;
    }
}

using System.Globalization;
using System.Text.Json;
using Recording.Media.Rtp;
using Recording.TestInfrastructure;

namespace Recording.Cli.Tests;

public sealed class ExportCommandTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("pcapng", "opus-dtx-vp8.pcap", 0)]
    [InlineData("pcapng", "vp8-simulcast.pcap", 0)]
    [InlineData("rtpdump", "opus-dtx-vp8.pcap", 999)]
    [InlineData("rtpdump", "vp8-simulcast.pcap", 999)]
    [InlineData("mjr", "opus-dtx-vp8.pcap", 999)]
    [InlineData("mjr", "vp8-simulcast.pcap", 999)]
    public async Task What_is_exported_and_imported_again_is_the_same(string format, string capture, int resolutionUs)
    {
        using var folder = new ImportFolder();
        using var again = new ImportFolder();
        Assert.Equal(ExitCode.Ok, (await folder.ImportAsync(ImportFolder.Fixture(capture))).ExitCode);

        CommandLineRun exported = await ExportAsync(folder.Recording, format, folder.PathOf("out"));
        Assert.True(exported.ExitCode == ExitCode.Ok, exported.Error);
        string[] files = [.. Directory.EnumerateFiles(folder.PathOf("out"), $"*.{format}").Order(StringComparer.Ordinal)];
        CommandLineRun imported = await again.ImportAsync(files);

        Assert.True(imported.ExitCode == ExitCode.Ok, imported.Error);
        Dictionary<uint, string> first = TracksBySource(folder.Recording);
        Dictionary<uint, string> second = TracksBySource(again.Recording);
        Assert.Equal(first.Keys.Order(), second.Keys.Order());
        foreach ((uint ssrc, string path) in first)
        {
            // MJR holds one source's RTP and nothing else.
            List<(long TimeUs, string Packet)> before = ImportFolder.Read(path);
            before = format == "mjr" ? [.. before.Where(entry => !ImportFolder.IsReport(entry) && SsrcOf(entry.Packet) == ssrc)] : before;
            List<(long TimeUs, string Packet)> after = ImportFolder.Read(second[ssrc]);
            Assert.True(before.Select(entry => entry.Packet).SequenceEqual(after.Select(entry => entry.Packet), StringComparer.Ordinal));
            Assert.All(before.Zip(after), pair => Assert.InRange(pair.First.TimeUs - pair.Second.TimeUs, 0, resolutionUs));
        }

        // A second time nothing is lost any more.
        Assert.Equal(ExitCode.Ok, (await ExportAsync(again.Recording, format, again.PathOf("out"))).ExitCode);
        using var third = new ImportFolder();
        Assert.Equal(ExitCode.Ok, (await third.ImportAsync([.. Directory.EnumerateFiles(again.PathOf("out"), $"*.{format}").Order(StringComparer.Ordinal)])).ExitCode);
        Dictionary<uint, string> last = TracksBySource(third.Recording);
        Assert.All(second, track => Assert.Equal(ImportFolder.Read(track.Value), ImportFolder.Read(last[track.Key])));
    }

    [Fact]
    public async Task Wireshark_sees_the_same_packets_with_right_checksums()
    {
        using var folder = new ImportFolder();
        await folder.ImportAsync(ImportFolder.Fixture("opus-dtx-vp8.pcap"));
        string file = folder.PathOf("all.pcapng");
        Assert.Equal(ExitCode.Ok, (await ExportAsync(folder.Recording, "pcapng", file)).ExitCode);

        string[] rtp = await TsharkAsync(file, "rtp", "frame.time_epoch", "udp.dstport", "rtp.ssrc", "rtp.seq", "rtp.timestamp", "rtp.p_type", "rtp.marker", "ip.checksum.status", "udp.checksum.status");
        string[] reports = await TsharkAsync(file, "rtcp.pt==200", "frame.time_epoch", "rtcp.senderssrc", "rtcp.timestamp.rtp");
        string[] comments = await TsharkAsync(file, "frame.number==1", "frame.interface_name");

        List<(long TimeUs, string Packet)> audio = folder.Packets("peer-1-audio");
        List<(long TimeUs, string Packet)> video = folder.Packets("peer-1-video");
        IEnumerable<string> expected = audio.Where(entry => !ImportFolder.IsReport(entry)).Select(entry => (entry, 5004))
            .Concat(video.Where(entry => !ImportFolder.IsReport(entry)).Select(entry => (entry, 5006)))
            .OrderBy(pair => pair.entry.TimeUs).Select(pair => Fields(pair.entry.TimeUs, pair.Item2, pair.entry.Packet));
        Assert.Equal(string.Join('\n', expected), string.Join('\n', rtp));
        Assert.Equal(audio.Concat(video).Count(ImportFolder.IsReport), reports.Length);
        Assert.StartsWith("peer-1-", Assert.Single(comments), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Janus_plays_what_is_exported_for_it()
    {
        using var folder = new ImportFolder();
        await folder.ImportAsync(ImportFolder.Fixture("opus-dtx-vp8.pcap"));
        CommandLineRun exported = await ExportAsync(folder.Recording, "mjr", folder.PathOf("out"));
        Assert.Equal(22, exported.Json.GetProperty("left_out_reports").GetInt32());

        string video = await JanusAsync(folder.PathOf("out/peer-1-video.mjr"), "webm");
        string audio = await JanusAsync(folder.PathOf("out/peer-1-audio.mjr"), "opus");

        // A frame for each timestamp of the media source; each Opus packet, and silence between them where DTX left some out.
        int frames = folder.Packets("peer-1-video").Where(entry => !ImportFolder.IsReport(entry) && SsrcOf(entry.Packet) == 0xa7a00406).Select(entry => entry.Packet[8..16]).Distinct(StringComparer.Ordinal).Count();
        Assert.Equal(362, frames);
        Assert.Equal($"vp8,{frames}", await ProbeAsync(video, "v:0", "codec_name,nb_read_frames"));
        Assert.StartsWith("opus", await ProbeAsync(audio, "a:0", "codec_name,nb_read_frames"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_not_replaced_unasked_and_one_name_is_not_enough_for_several()
    {
        using var folder = new ImportFolder();
        await folder.ImportAsync(ImportFolder.Fixture("vp8-simulcast.pcap"));
        string track = folder.TrackFile("peer-1-audio");

        CommandLineRun first = await ExportAsync(track, "mjr", folder.PathOf("a.mjr"));
        CommandLineRun second = await ExportAsync(track, "mjr", folder.PathOf("a.mjr"));
        CommandLineRun forced = await CommandLineRun.RunAsync("export", track, "--to", "mjr", "--out", folder.PathOf("a.mjr"), "--force");
        CommandLineRun several = await ExportAsync(folder.Recording, "rtpdump", folder.PathOf("b.rtpdump"));
        CommandLineRun nothing = await ExportAsync(folder.PathOf("nowhere"), "pcapng", folder.PathOf("c.pcapng"));

        Assert.Equal([ExitCode.Ok, ExitCode.Failed, ExitCode.Ok, ExitCode.Usage, ExitCode.Usage], ((CommandLineRun[])[first, second, forced, several, nothing]).Select(run => run.ExitCode));
        Assert.Equal("a.mjr recording", string.Join(' ', Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(folder.Recording)!).Select(Path.GetFileName).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task What_is_sound_of_a_damaged_track_is_exported()
    {
        using var stored = new StoredRecording();
        byte[] file = await File.ReadAllBytesAsync(stored.Track);
        file[file.Length / 2] ^= 4;
        await File.WriteAllBytesAsync(stored.Track, file);

        CommandLineRun run = await ExportAsync(stored.Recording, "rtpdump", Path.Combine(stored.DataDirectory, "a.rtpdump"));

        Assert.Equal(ExitCode.Failed, run.ExitCode);
        Assert.Equal((1, 90), (run.Json.GetProperty("damaged").GetInt32(), run.Json.GetProperty("files")[0].GetProperty("packets").GetInt32()));
    }

    private static Task<CommandLineRun> ExportAsync(string input, string format, string output) => CommandLineRun.RunAsync("export", input, "--to", format, "--out", output);

    private static Dictionary<uint, string> TracksBySource(string recording)
    {
        using JsonDocument metadata = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(recording, "metadata.json")));
        return metadata.RootElement.GetProperty("participants").EnumerateArray().SelectMany(peer => peer.GetProperty("tracks").EnumerateArray())
            .ToDictionary(track => track.GetProperty("ssrcs")[0].GetUInt32(), track => Path.Combine(recording, track.GetProperty("file").GetString()!));
    }

    private static uint SsrcOf(string packet) => uint.Parse(packet.AsSpan(16, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string Fields(long timeUs, int port, string packet)
    {
        Assert.True(RtpPacket.TryParse(Convert.FromHexString(packet), out RtpPacket rtp, out _));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{timeUs / 1_000_000}.{timeUs % 1_000_000:d6}000\t{port}\t0x{rtp.Ssrc:x8}\t{rtp.SequenceNumber}\t{rtp.Timestamp}\t{rtp.PayloadType}\t{(rtp.Marker ? 1 : 0)}\t1\t1");
    }

    private static async Task<string[]> TsharkAsync(string file, string filter, params string[] fields)
    {
        string output = await RunAsync(
            "tshark",
            ["-r", file, "-d", "udp.port==5004,rtp", "-d", "udp.port==5006,rtp", "-d", "udp.port==5005,rtcp", "-d", "udp.port==5007,rtcp",
                "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-Y", filter, "-T", "fields", .. fields.SelectMany(field => (string[])["-e", field])]);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("Running as", StringComparison.Ordinal))];
    }

    private static async Task<string> JanusAsync(string file, string extension)
    {
        string made = Path.ChangeExtension(file, extension);
        await RunAsync("janus-pp-rec", [file, made]);
        return made;
    }

    private static async Task<string> ProbeAsync(string file, string stream, string entries) =>
        (await RunAsync("ffprobe", ["-v", "error", "-count_frames", "-select_streams", stream, "-show_entries", "stream=" + entries, "-of", "csv=p=0", file])).Trim();

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments)
    {
        await using ChildProcess child = ChildProcess.Start(program, program, arguments);
        int code = await child.WaitForExitAsync(Patience);
        Assert.True(code == 0, $"{program}: {child.Output}");
        return child.Output;
    }
}

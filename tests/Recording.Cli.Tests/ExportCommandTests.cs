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

    [Theory]
    [InlineData("opus-dtx-vp8.pcap", 2)]
    [InlineData("vp8-simulcast.pcap", 4)]
    public async Task Wireshark_sees_the_same_packets_with_right_checksums(string capture, int tracks)
    {
        using var folder = new ImportFolder();
        await folder.ImportAsync(ImportFolder.Fixture(capture));
        string file = folder.PathOf("all.pcapng");
        Assert.Equal(ExitCode.Ok, (await ExportAsync(folder.Recording, "pcapng", file)).ExitCode);

        string[] rtp = await TsharkAsync(file, tracks, "rtp", "frame.time_epoch", "frame.interface_name", "udp.dstport", "rtp.ssrc", "rtp.seq", "rtp.timestamp", "rtp.p_type", "rtp.marker", "ip.checksum.status", "udp.checksum.status");
        string[] reports = await TsharkAsync(file, tracks, "rtcp.pt==200", "frame.time_epoch", "frame.interface_name", "udp.dstport", "rtcp.senderssrc");

        // Two ports for each track, in the order of the files' names.
        string[] names = [.. Directory.EnumerateFiles(Path.Combine(folder.Recording, "tracks")).Order(StringComparer.Ordinal).Select(path => Path.GetFileNameWithoutExtension(path))];
        Assert.Equal(tracks, names.Length);
        ILookup<bool, string> expected = names.SelectMany((name, i) => folder.Packets(name).Select(entry => (entry, name, port: 5004 + (2 * i))))
            .OrderBy(packet => packet.entry.TimeUs)
            .ToLookup(packet => ImportFolder.IsReport(packet.entry), packet => Fields(packet.entry, packet.name, packet.port));
        Assert.Equal(string.Join('\n', expected[false]), string.Join('\n', rtp));
        Assert.Equal(string.Join('\n', expected[true]), string.Join('\n', reports));
    }

    [FactWithJanusTools]
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

    [TheoryWithJanusTools]
    [InlineData("peer-1-audio", "opus", 345, 345)]
    [InlineData("peer-1-video", "vp8", 579, 554)]
    public async Task Janus_counts_each_media_packet_of_the_track(string track, string codec, int stored, int media)
    {
        using var folder = new ImportFolder();
        await folder.ImportAsync(ImportFolder.Fixture("opus-dtx-vp8.pcap"));
        string file = folder.PathOf("out.mjr");
        Assert.Equal(ExitCode.Ok, (await ExportAsync(folder.TrackFile(track), "mjr", file)).ExitCode);

        // Its debug output names each packet as it stands in the file, and counts those that it would put into frames.
        string seen = await RunAsync("janus-pp-rec", ["--disable-colors", "--debug-level", "7", "--parse", file]);

        // The track also holds what came on the video's repair source (RTX); MJR has no place for that.
        (long TimeUs, string Packet)[] packets = [.. folder.Packets(track).Where(entry => !ImportFolder.IsReport(entry))];
        uint source = TracksBySource(folder.Recording).Single(pair => pair.Value == folder.TrackFile(track)).Key;
        Assert.Equal(stored, packets.Length);
        IEnumerable<string> expected = packets.Where(entry => SsrcOf(entry.Packet) == source).Select(entry => JanusFields(entry, packets[0].TimeUs));
        string[] lines = [.. seen.Split('\n').Select(line => line.Trim())];
        string[] read = [.. lines.Zip(lines.Skip(1), lines.Skip(2)).Where(three => three.Third.StartsWith("-- RTP packet", StringComparison.Ordinal)).Select(three => $"{three.First} {three.Second} {three.Third}")];
        Assert.Equal(string.Join('\n', expected), string.Join('\n', read));
        Assert.Contains($"-- Codec:   {codec}", lines, StringComparer.Ordinal);
        Assert.Contains($"Counted {media} frame packets", lines, StringComparer.Ordinal);
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

    private static string Fields((long TimeUs, string Packet) entry, string track, int port)
    {
        string when = string.Create(CultureInfo.InvariantCulture, $"{entry.TimeUs / 1_000_000}.{entry.TimeUs % 1_000_000:d6}000\t{track}");
        if (ImportFolder.IsReport(entry))
        {
            return string.Create(CultureInfo.InvariantCulture, $"{when}\t{port + 1}\t0x{entry.Packet[8..16]}");
        }

        Assert.True(RtpPacket.TryParse(Convert.FromHexString(entry.Packet), out RtpPacket rtp, out _));
        return string.Create(
            CultureInfo.InvariantCulture, $"{when}\t{port}\t0x{rtp.Ssrc:x8}\t{rtp.SequenceNumber}\t{rtp.Timestamp}\t{rtp.PayloadType}\t{(rtp.Marker ? 1 : 0)}\t1\t1");
    }

    private static string JanusFields((long TimeUs, string Packet) entry, long startUs)
    {
        byte[] packet = Convert.FromHexString(entry.Packet);
        Assert.True(RtpPacket.TryParse(packet, out RtpPacket rtp, out _));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"-- Length: {packet.Length} -- Time: {(entry.TimeUs - startUs) / 1000}ms -- RTP packet (ssrc={rtp.Ssrc}, pt={rtp.PayloadType}, ext=1, seq={rtp.SequenceNumber}, ts={rtp.Timestamp})");
    }

    private static async Task<string[]> TsharkAsync(string file, int tracks, string filter, params string[] fields)
    {
        IEnumerable<string> ports = Enumerable.Range(5004, 2 * tracks).SelectMany(port => (string[])["-d", $"udp.port=={port},{(port % 2 == 0 ? "rtp" : "rtcp")}"]);
        string output = await RunAsync(
            "tshark",
            ["-r", file, .. ports, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-Y", filter, "-T", "fields", .. fields.SelectMany(field => (string[])["-e", field])]);

        // tshark 4.4 has words for what was 0 and 1.
        output = output.Replace("\tFalse\t", "\t0\t", StringComparison.Ordinal).Replace("\tTrue\t", "\t1\t", StringComparison.Ordinal);
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

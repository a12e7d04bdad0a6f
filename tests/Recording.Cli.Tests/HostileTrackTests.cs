using System.Text.Json;

namespace Recording.Cli.Tests;

/// <summary>Packets that no honest sender makes, in a track file with sound checksums: each command ends, and what is sound is not lost.</summary>
public sealed class HostileTrackTests
{
    private static readonly byte[][] _hostile =
    [
        [1], [0x80], "GET / HTTP/1.1\r\n"u8.ToArray(), new byte[65_000], [0x80, 200, 0, 0, 1, 2],
        [0x8F, 111, 0, 1, .. new byte[8], 0xFF], [0x8F, 111, 0, 2, .. new byte[8 + 60]],
        [0x90, 111, 0, 3, .. new byte[8], 0xBE, 0xDE, 0xFF, 0xFF], [0x90, 111, 0, 4, .. new byte[8], 0xBE, 0xDE, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF],
        [0xA0, 111, 0, 5, .. new byte[8], 0xFF], [0xA0, 111, 0, 6, .. new byte[8], 0],
        CaptureBytes.Rtp(3, 7, 7, 4711), CaptureBytes.Rtp(127, 8, 8, 1234), CaptureBytes.Rtp(111, 9, 9, 4711, [.. Enumerable.Repeat((byte)0x80, 60_000)]),
        "RBLK"u8.ToArray(), "RTPTRK1\n"u8.ToArray(), "RTPTRKIX"u8.ToArray(), CaptureBytes.Rtp(111, 10, 10, 4711, "RBLKRTPTRK1\nRTPTRKIX"u8.ToArray()),
    ];

    [Theory]
    [InlineData("verify")]
    [InlineData("inspect")]
    [InlineData("repair")]
    [InlineData("export pcapng")]
    [InlineData("export rtpdump")]
    [InlineData("export mjr")]
    public async Task Every_command_carries_them_and_keeps_what_is_sound(string command)
    {
        using var stored = new StoredRecording();
        stored.WriteTrack([.. stored.Packets.Take(50), .. _hostile, .. stored.Packets.Skip(50)]);
        string[] words = command.Split(' ');
        string output = Path.Combine(stored.DataDirectory, "out");

        CommandLineRun run = await CommandLineRun.RunAsync([words[0], stored.Track, .. words.Length > 1 ? (string[])["--to", words[1], "--out", output] : []]);

        Assert.True(run.ExitCode == ExitCode.Ok, run.Error + run.Output);
        JsonElement json = run.Json;
        switch (command)
        {
            case "verify":
                Assert.Equal(0, json.GetProperty("damaged").GetInt32());
                break;
            case "inspect":
                Assert.InRange(json.GetProperty("ssrcs").EnumerateArray().Single(entry => entry.GetProperty("ssrc").GetUInt32() == 4711).GetProperty("packets").GetInt32(), 100, 104);
                break;
            case "repair":
                Assert.False(json.GetProperty("files")[0].TryGetProperty("output", out _));
                break;
            default:
                Assert.InRange(json.GetProperty("files").EnumerateArray().Sum(file => file.GetProperty("packets").GetInt32()), 100, 100 + _hostile.Length);
                break;
        }
    }
}

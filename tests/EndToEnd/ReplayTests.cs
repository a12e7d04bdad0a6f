using Recording.EndToEnd.Deployments;
using Recording.EndToEnd.Media;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd;

/// <summary>What a browser sent, replayed through the real service, is stored byte for byte.</summary>
public sealed class ReplayTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Fact]
    public Task Captures_of_the_repository_are_stored_byte_for_byte() =>
        ReplayAsync(BrowserCapture.Fixture("opus-dtx-vp8"), BrowserCapture.Fixture("vp8-simulcast"));

    [BrowserCaptureFact]
    public Task Whole_captures_of_a_browser_are_stored_byte_for_byte() =>
        ReplayAsync([.. ((string[])["vp8-burst-nortx", "h264-opus", "vp9-svc", "vp8-simulcast", "pcmu-h264"]).Select(BrowserCapture.Shared)]);

    private static async Task ReplayAsync(params (string Capture, string Sdp)[] captures)
    {
        await using Deployment deployment = await Deployment.StartOneProcessAsync();
        string address = deployment.Gateway.GrpcAddress.Authority;
        foreach ((string capture, string sdp) in captures)
        {
            (int exitCode, string output) = await CommandLine.RunAsync(
                "simulate", "--replay", capture, "--sdp", sdp, "--dial", address, "--auto-record", "--speed", "max", "--room-prefix", Path.GetFileNameWithoutExtension(capture));
            Assert.True(exitCode == 0, $"{capture}: {output}\n{deployment.Logs()}");
        }

        IReadOnlyList<Wire.Recording> recordings = await deployment.WhenEndedAsync(captures.Length, Patience);
        foreach ((string capture, _) in captures)
        {
            string room = Path.GetFileNameWithoutExtension(capture) + "-1";
            Wire.Recording recording = Assert.Single(recordings, recording => recording.RoomId == room);
            Assert.Equal("completed", recording.Status);
            string directory = Path.Combine(deployment.DataDirectory, recording.Prefix);
            SortedDictionary<uint, List<string>> captured = BrowserCapture.Captured(capture);
            SortedDictionary<uint, List<string>> stored = BrowserCapture.Stored(directory);

            Assert.Equal(captured.Keys, stored.Keys);
            Assert.All(captured, source => Assert.True(
                source.Value.SequenceEqual(stored[source.Key], StringComparer.Ordinal), $"{room}, SSRC {source.Key:x8}: {source.Value.Count} captured, {stored[source.Key].Count} stored"));
            (int verified, string report) = await CommandLine.RunAsync("verify", directory);
            Assert.True(verified == 0, report);
        }
    }
}

using System.CommandLine;
using Recording.Cli.Import;
using Recording.Media.Captures.Import;

namespace Recording.Cli.Commands;

/// <summary><c>recording import CAPTURE...</c>.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var captures = new Argument<string[]>("CAPTURE") { Description = "pcap, pcapng, rtpdump, MJR or BRTP; several become one recording.", Arity = ArgumentArity.OneOrMore };
        var sdp = new Option<string[]>("--sdp") { Description = "The SDP that describes it (offer, answer, or both); default: a .sdp beside the capture.", AllowMultipleArgumentsPerToken = true };
        var map = new Option<string[]>("--map") { Description = "pt=codec/clock[/channels][;fmtp]: what a payload type means; goes before the SDP.", AllowMultipleArgumentsPerToken = true };
        var snap = new Option<int>("--snaplen") { Description = "Bytes of each frame that a pcap kept although it does not say so: frames of this length count as cut and are left out." };
        snap.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--snaplen is a number of bytes, at least 1");
            }
        });
        var output = new Option<string>("--out", "-o") { Description = "The recording's directory, new or empty.", Required = true };
        var room = new Option<string>("--room") { Description = "Id of the room.", DefaultValueFactory = _ => "import" };
        var id = new Option<string?>("--recording-id") { Description = "Id of the recording; default: made from the time of the first packet." };
        var peer = new Option<string[]>("--peer") { Description = "NAME for the next participant, or KEY=NAME with an SSRC, a CNAME, a media stream id or a capture's name as KEY.", AllowMultipleArgumentsPerToken = true };
        var layers = new Option<bool>("--join-layers") { Description = "One track for all simulcast layers of a section, instead of one for each SSRC." };
        var command = new Command("import", "Make a recording's directory of captures: a track for each SSRC, with its retransmissions. Ends with one JSON object.")
        {
            captures, sdp, map, snap, output, room, id, peer, layers,
        };
        command.Runs(async (parsed, cancellationToken) =>
        {
            string[] peers = parsed.GetValue(peer) ?? [];
            ImportResult result = await RecordingImport.RunAsync(
                new ImportRequest
                {
                    Captures = parsed.GetRequiredValue(captures),
                    Sdps = parsed.GetValue(sdp) ?? [],
                    Options = new CaptureImportOptions { Map = [.. (parsed.GetValue(map) ?? []).Select(PayloadTypeMap.Parse)], JoinLayers = parsed.GetValue(layers) },
                    SnapLength = parsed.GetValue(snap),
                    Output = parsed.GetRequiredValue(output),
                    Room = parsed.GetRequiredValue(room),
                    RecordingId = parsed.GetValue(id),
                    Peers = [.. peers.Where(name => !name.Contains('=', StringComparison.Ordinal))],
                    NamedPeers = Named(peers),
                },
                cancellationToken);
            foreach (ImportLeftOut stream in result.LeftOut)
            {
                parsed.Say($"left out: SSRC {stream.Ssrc}, {stream.Packets} packets: {stream.Reason}");
            }

            foreach (string defect in result.Defects)
            {
                parsed.Say(defect);
            }

            parsed.WriteJson(result);
            return result.Ok ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    // The last "=" counts: a CNAME may have some in itself.
    private static Dictionary<string, string> Named(IEnumerable<string> peers)
    {
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string peer in peers)
        {
            int at = peer.LastIndexOf('=');
            if (at > 0)
            {
                named[peer[..at]] = peer[(at + 1)..];
            }
        }

        return named;
    }
}

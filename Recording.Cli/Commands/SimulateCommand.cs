using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Recording.Model;
using Recording.Simulator.Impairment;
using Recording.Simulator.Media;
using Recording.Simulator.Plans;
using Recording.Simulator.Replay;
using Recording.Simulator.Sfu;
using Spectre.Console;

namespace Recording.Cli.Commands;

/// <summary><c>recording simulate</c>: an SFU with simulated or replayed rooms.</summary>
internal static class SimulateCommand
{
    private static readonly TimeSpan _lingerForAcknowledgement = TimeSpan.FromSeconds(30);

    private static readonly Option<string[]> _dial = new("--dial") { Description = "Dial a recorder's RecordingIngest at host:port (several: tried in turn).", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string?> _listen = new("--listen") { Description = "Serve RecordingSfuBridge on port or address:port; recorders dial in. Default 127.0.0.1:50055 without --dial." };
    private static readonly Option<int> _rooms = new("--rooms") { Description = "Rooms.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> _peers = new("--peers") { Description = "Participants a room, each with microphone and camera.", DefaultValueFactory = _ => 3 };
    private static readonly Option<double> _seconds = new("--seconds") { Description = "How long media flows.", DefaultValueFactory = _ => 30 };
    private static readonly Option<double> _joinEvery = new("--join-every") { Description = "Seconds between one participant's joining and the next one's." };
    private static readonly Option<double> _leave = new("--leave-before-end") { Description = "The last participant leaves so many seconds before the end." };
    private static readonly Option<bool> _share = new("--share") { Description = "One participant shares a screen for half of the time." };
    private static readonly Option<bool> _pause = new("--pause") { Description = "One camera is paused for a fifth of the time." };
    private static readonly Option<double> _speakers = new("--speakers") { Description = "The active speaker changes every so many seconds; 0 = never.", DefaultValueFactory = _ => 3 };
    private static readonly Option<bool> _autoRecord = new("--auto-record") { Description = "The policy says that rooms record by themselves." };
    private static readonly Option<string> _whoCanRecord = new("--who-can-record") { Description = "host, co_host, panelist or all.", DefaultValueFactory = _ => "host" };
    private static readonly Option<string?> _requestBy = new("--request-by") { Description = "This peer asks for the recording through the SFU." };
    private static readonly Option<bool> _planOnly = new("--plan-only") { Description = "Speak only the plan's messages, no extensions." };
    private static readonly Option<double> _loss = new("--loss") { Description = "Percent of packets that are lost before the SFU." };
    private static readonly Option<double> _reorder = new("--reorder") { Description = "Percent of packets that come late." };
    private static readonly Option<double> _duplicate = new("--duplicate") { Description = "Percent of packets that come twice." };
    private static readonly Option<double> _skew = new("--skew-ppm") { Description = "Clock skew of the participants, alternately plus and minus." };
    private static readonly Option<string> _speed = new("--speed") { Description = "1 = real time, 2 = twice as fast, max = as fast as the receiver takes it.", DefaultValueFactory = _ => "1" };
    private static readonly Option<string?> _ledger = new("--ledger") { Description = "Write what was sent to this file, one JSON line a packet." };
    private static readonly Option<bool> _ledgerAppend = new("--ledger-append") { Description = "Continue an existing ledger." };
    private static readonly Option<string?> _token = new("--token") { Description = "Bearer token: sent when dialling, demanded when listening." };
    private static readonly Option<int> _seed = new("--seed") { Description = "The same seed sends the same packets.", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> _sfuId = new("--sfu-id") { Description = "The SFU's name.", DefaultValueFactory = _ => "sim-1" };
    private static readonly Option<string> _roomPrefix = new("--room-prefix") { Description = "Rooms are named PREFIX-1, PREFIX-2, ...", DefaultValueFactory = _ => "room" };
    private static readonly Option<string?> _tlsCert = new("--tls-cert") { Description = "Own certificate (PEM)." };
    private static readonly Option<string?> _tlsKey = new("--tls-key") { Description = "Key of --tls-cert (PEM)." };
    private static readonly Option<string?> _tlsCa = new("--tls-ca") { Description = "Authority that the other side's certificate must come from (PEM)." };
    private static readonly Option<bool> _tls = new("--tls") { Description = "Dial with TLS." };
    private static readonly Option<string?> _replay = new("--replay") { Description = "Send this capture again (pcap, pcapng, rtpdump)." };
    private static readonly Option<string?> _sdp = new("--sdp") { Description = "The SDP that describes --replay." };
    private static readonly Option<string?> _file = new("--file") { Description = "A media file for cameras and microphones instead of generated pictures and tones." };
    private static readonly Option<int> _synthetic = new("--synthetic") { Description = "Random packets of so many bytes instead of media; needs no FFmpeg." };
    private static readonly Option<double> _packetRate = new("--packets-per-second") { Description = "Of each track, with --synthetic.", DefaultValueFactory = _ => 50 };

    public static Command Create()
    {
        var command = new Command(
            "simulate",
            "An SFU with simulated rooms that speaks the recording protocol in either direction. Rooms begin when the first recorder registers; ends when all was sent and acknowledged, with one JSON object.");
        foreach (Option option in (Option[])
            [
                _dial, _listen, _rooms, _peers, _seconds, _joinEvery, _leave, _share, _pause, _speakers, _autoRecord, _whoCanRecord, _requestBy, _planOnly, _loss, _reorder, _duplicate, _skew,
                _speed, _ledger, _ledgerAppend, _token, _seed, _sfuId, _roomPrefix, _tls, _tlsCert, _tlsKey, _tlsCa, _replay, _sdp, _file, _synthetic, _packetRate,
            ])
        {
            command.Options.Add(option);
        }

        command.Runs(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        SimulationPlan plan = Plan(parsed);
        using LedgerWriter? ledger = parsed.GetValue(_ledger) is { } path ? LedgerWriter.Create(path, parsed.GetValue(_ledgerAppend)) : null;
        SimulatedSfuOptions options = Options(parsed, ledger);
        string[] dial = parsed.GetValue(_dial) ?? [];
        await using SimulatedSfu sfu = dial.Length > 0
            ? await SimulatedSfu.ConnectAsync(plan, [.. dial.Select(address => Address(parsed, address))], options, cancellationToken: cancellationToken)
            : await SimulatedSfu.StartServerAsync(plan, options, cancellationToken: cancellationToken);
        parsed.Say(sfu.Address is { } listening ? $"listening on {listening}" : $"dialling {string.Join(", ", dial)}");
        bool acknowledged = await WatchAsync(sfu, WaitAsync(sfu, cancellationToken));
        ledger?.Flush();
        SfuFigures figures = sfu.Figures;
        parsed.WriteJson(new
        {
            sfu_id = options.SfuId,
            session_id = $"{sfu.SessionId}",
            links = figures.Links,
            tracks = figures.TracksEver,
            packets = figures.PacketsForwarded,
            sent = figures.PacketsSent,
            replayed = figures.PacketsReplayed,
            dropped = figures.PacketsDropped,
            bytes = figures.BytesSent,
            unacknowledged_bytes = figures.BytesUnacknowledged,
            errors = figures.Errors,
            acknowledged,
        });
        return acknowledged && figures.PacketsDropped == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<bool> WaitAsync(SimulatedSfu sfu, CancellationToken cancellationToken)
    {
        await sfu.WhenLinkedAsync(cancellationToken);
        await sfu.WhenMediaSentAsync(cancellationToken);
        using var lingering = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lingering.CancelAfter(_lingerForAcknowledgement);
        try
        {
            await sfu.WhenClosedAsync(lingering.Token);
            if (sfu.Figures.TracksEver > 0)
            {
                await sfu.WhenAcknowledgedAsync(lingering.Token);
            }

            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task<bool> WatchAsync(SimulatedSfu sfu, Task<bool> work)
    {
        if (Console.IsErrorRedirected)
        {
            return await work;
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Status().StartAsync("waiting for a recorder", async status =>
        {
            using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
            while (!work.IsCompleted)
            {
                SfuFigures figures = sfu.Figures;
                status.Status = Markup.Escape(
                    $"links {figures.Links}, rooms {figures.RoomsOpen} (recording {figures.RoomsRecording}), tracks {figures.TracksSubscribed}, packets {figures.PacketsSent}, replayed {figures.PacketsReplayed}, waiting {figures.BytesUnacknowledged / 1024} KiB");
                await Task.WhenAny(work, second.WaitForNextTickAsync().AsTask());
            }

            return await work;
        });
    }

    private static SimulationPlan Plan(ParseResult parsed)
    {
        int seed = parsed.GetValue(_seed);
        var impairment = new ImpairmentOptions
        {
            Loss = Percent(parsed, _loss),
            Reorder = Percent(parsed, _reorder),
            Duplicate = Percent(parsed, _duplicate),
        };
        if (parsed.GetValue(_replay) is { } capture)
        {
            string sdp = parsed.GetValue(_sdp) ?? throw new RecordingException(RecordingErrorCode.NotFound, "--replay needs --sdp");
            return SimulationPlan.Replay(CaptureReplay.Read(capture, sdp), parsed.GetRequiredValue(_roomPrefix) + "-1", parsed.GetValue(_autoRecord)) with { Seed = seed, Impairment = impairment };
        }

        double speakers = parsed.GetValue(_speakers);
        double seconds = parsed.GetValue(_seconds);
        SimulationPlan plan = SimulationPlan.Create(
            new RoomShape
            {
                Rooms = parsed.GetValue(_rooms),
                Peers = parsed.GetValue(_peers),
                Duration = TimeSpan.FromSeconds(seconds),
                JoinInterval = TimeSpan.FromSeconds(parsed.GetValue(_joinEvery)),
                LeaveBeforeEnd = TimeSpan.FromSeconds(parsed.GetValue(_leave)),
                Share = parsed.GetValue(_share),
                Pause = parsed.GetValue(_pause),
                SpeakerInterval = speakers > 0 ? TimeSpan.FromSeconds(speakers) : null,
                AutoRecord = parsed.GetValue(_autoRecord),
                WhoCanRecord = parsed.GetRequiredValue(_whoCanRecord),
                SkewPpm = parsed.GetValue(_skew),
                RoomPrefix = parsed.GetRequiredValue(_roomPrefix),
                Media = new GeneratedMediaSettings { File = parsed.GetValue(_file), ClipSeconds = (int)Math.Clamp(Math.Ceiling(seconds), 1, 60) },
                Synthetic = parsed.GetValue(_synthetic) is > 0 and var bytes ? new TrackMedia.Synthetic(bytes, parsed.GetValue(_packetRate)) : null,
            },
            seed,
            impairment);
        return parsed.GetValue(_requestBy) is { } requester ? plan with { Rooms = [.. plan.Rooms.Select(room => room with { RecordingRequestedBy = requester })] } : plan;
    }

    private static SimulatedSfuOptions Options(ParseResult parsed, LedgerWriter? ledger)
    {
        string speed = parsed.GetRequiredValue(_speed);
        return new SimulatedSfuOptions
        {
            SfuId = parsed.GetRequiredValue(_sfuId),
            PlanOnly = parsed.GetValue(_planOnly),
            Listen = Listen(parsed.GetValue(_listen)),
            Token = parsed.GetValue(_token),
            Certificate = parsed.GetValue(_tlsCert) is { } certificate ? X509Certificate2.CreateFromPemFile(certificate, parsed.GetValue(_tlsKey)) : null,
            Authority = parsed.GetValue(_tlsCa) is { } authority ? X509CertificateLoader.LoadCertificateFromFile(authority) : null,
            Speed = speed == "max" ? double.PositiveInfinity : double.Parse(speed, CultureInfo.InvariantCulture),
            Ledger = ledger,
        };
    }

    private static double Percent(ParseResult parsed, Option<double> option) => parsed.GetValue(option) is >= 0 and <= 100 and var percent
        ? percent / 100
        : throw new ArgumentException($"{option.Name} is a percentage, 0 to 100");

    private static IPEndPoint Listen(string? listen) => listen switch
    {
        null => new IPEndPoint(IPAddress.Loopback, 50055),
        _ when int.TryParse(listen, CultureInfo.InvariantCulture, out int port) => new IPEndPoint(IPAddress.Loopback, port),
        _ => IPEndPoint.Parse(listen),
    };

    private static Uri Address(ParseResult parsed, string address) =>
        address.Contains("://", StringComparison.Ordinal) ? new Uri(address) : new Uri($"{(parsed.GetValue(_tls) || parsed.GetValue(_tlsCa) is not null ? "https" : "http")}://{address}");
}

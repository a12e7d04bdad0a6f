using Grpc.Core;
using Grpc.Net.Client;
using Recording.Model;
using Recording.Protocol.Control;
using Recording.Protocol.Errors;
using Recording.Simulator.Media;
using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;

namespace Recording.Cli.Demo;

/// <summary>Records a simulated room of three people and a screenshare through the real protocol, stops it, waits for its composite, and checks everything.</summary>
internal sealed class DemoRun
{
    private const string Requester = "peer-1";
    private static readonly TimeSpan _startTimeout = TimeSpan.FromSeconds(30);
    private readonly DemoOptions _options;
    private readonly Action<string> _say;

    public DemoRun(DemoOptions options, Action<string> say)
    {
        _options = options;
        _say = say;
    }

    /// <summary>Runs it; throws what was wrong.</summary>
    public async Task<DemoResult> RunAsync(CancellationToken cancellationToken)
    {
        string ledgerPath = _options.KeepLedger ?? Path.Combine(Directory.CreateTempSubdirectory("recording-demo-").FullName, "ledger.jsonl");
        SimulationPlan plan = Plan();
        _say("encoding the participants' media");
        using LedgerWriter ledger = LedgerWriter.Create(ledgerPath);
        await using SimulatedSfu sfu = await SimulatedSfu.StartServerAsync(plan, new SimulatedSfuOptions { SfuId = "demo-sfu", Ledger = ledger }, cancellationToken: cancellationToken);
        _say($"simulated SFU on {sfu.Address}; starting the service, data in {_options.DataDirectory}");
        await using DemoService service = await DemoService.StartAsync(_options.ServicePath, _options.DataDirectory, sfu.Address!, cancellationToken);
        try
        {
            using GrpcChannel channel = GrpcChannel.ForAddress(service.GrpcAddress);
            var control = new RecordingControl.RecordingControlClient(channel);
            Protocol.Control.Recording recording = await RecordAsync(sfu, control, plan, cancellationToken);
            ledger.Flush();
            return await new DemoChecks(_options, _say).CheckAsync(recording, plan, ledgerPath, cancellationToken);
        }
        catch (Exception exception) when (exception is RecordingException or RpcException)
        {
            foreach (string line in service.LogTail())
            {
                _say($"service: {line}");
            }

            _say($"the service's whole output is in {service.LogPath}");
            throw;
        }
    }

    private SimulationPlan Plan()
    {
        TimeSpan duration = _options.Duration;
        SimulationPlan plan = SimulationPlan.Create(new RoomShape
        {
            Peers = 3,
            // The recording starts after the room and ends before it.
            Duration = duration + TimeSpan.FromMinutes(5),
            JoinInterval = duration * 0.15,
            RoomPrefix = $"demo-{Guid.NewGuid().ToString("N")[..8]}",
            Media = new GeneratedMediaSettings { ClipSeconds = (int)Math.Clamp(Math.Ceiling(duration.TotalSeconds), 1, 60) },
        });
        PlannedRoom room = plan.Rooms[0];
        PlannedPeer sharer = room.Peers[1];
        var share = new PlannedTrack
        {
            Kind = "video",
            TrackType = "screenshare",
            Media = new TrackMedia.Generated(((TrackMedia.Generated)sharer.Tracks[0].Media).Settings, MediaPalette.Size - 1),
            Start = duration * 0.4,
            Stop = duration * 0.75,
        };
        string[] names = ["Ada", "Béla", "Chiara"];
        PlannedPeer[] peers = [.. room.Peers.Select((peer, i) => peer with { DisplayName = names[i], Tracks = peer == sharer ? [.. peer.Tracks, share] : peer.Tracks })];
        return plan with { Rooms = [room with { Name = "Demo", Peers = peers }] };
    }

    private async Task<Protocol.Control.Recording> RecordAsync(SimulatedSfu sfu, RecordingControl.RecordingControlClient control, SimulationPlan plan, CancellationToken cancellationToken)
    {
        string room = plan.Rooms[0].RoomId;
        using (var linking = Deadline(_startTimeout, cancellationToken))
        {
            await sfu.WhenLinkedAsync(linking.Token);
        }

        Protocol.Control.Recording started = await StartAsync(control, room, cancellationToken);
        _say($"recording {started.RecordingId} of room {room} for {_options.Duration.TotalSeconds} s");
        await Task.Delay(_options.Duration, cancellationToken);
        await control.StopRecordingAsync(
            new StopRecordingCommand { RoomId = room, RecordingId = started.RecordingId, RequesterId = Requester, TriggerPostProcessing = true },
            cancellationToken: cancellationToken);
        _say("stopped; waiting for the composite");
        return await CompletedAsync(control, started.RecordingId, cancellationToken);
    }

    /// <summary>The link may be registered a moment before the room is known to the service.</summary>
    private static async Task<Protocol.Control.Recording> StartAsync(RecordingControl.RecordingControlClient control, string room, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = Deadline(_startTimeout, cancellationToken);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            try
            {
                return await control.StartRecordingAsync(new StartRecordingCommand { RoomId = room, RequesterId = Requester, WaitMs = 10_000 }, cancellationToken: deadline.Token);
            }
            catch (RpcException exception) when (ErrorDetails.FromRpcException(exception)?.Code == RecordingErrorCode.UnknownRoom && !deadline.IsCancellationRequested)
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
    }

    private async Task<Protocol.Control.Recording> CompletedAsync(RecordingControl.RecordingControlClient control, string recordingId, CancellationToken cancellationToken)
    {
        TimeSpan limit = TimeSpan.FromMinutes(2) + (_options.Duration * 8);
        using CancellationTokenSource deadline = Deadline(limit, cancellationToken);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        string told = "";
        try
        {
            while (await timer.WaitForNextTickAsync(deadline.Token))
            {
                Protocol.Control.Recording recording = await control.GetRecordingAsync(new GetRecordingRequest { RecordingId = recordingId }, cancellationToken: deadline.Token);
                string state = $"{recording.Status}, {(recording.Processing ? "processing" : "nothing to process")}, {recording.Outputs.Count} outputs";
                if (state != told)
                {
                    _say(told = state);
                }

                bool ended = recording.Status is "completed" or "interrupted" or "failed";
                if (ended && !recording.Processing && (recording.Status == "failed" || recording.Outputs.Any(output => output.Kind == "composite")))
                {
                    return recording;
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled } && !cancellationToken.IsCancellationRequested)
        {
            throw new RecordingException(RecordingErrorCode.FinalizationFailed, $"no composite after {limit.TotalSeconds:0} s; last state: {told}", exception);
        }

        throw new OperationCanceledException(cancellationToken);
    }

    private static CancellationTokenSource Deadline(TimeSpan limit, CancellationToken cancellationToken)
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(limit);
        return deadline;
    }
}

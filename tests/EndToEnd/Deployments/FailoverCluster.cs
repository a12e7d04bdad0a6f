using Grpc.Core;
using Grpc.Net.Client;
using Recording.Protocol.Control;
using Recording.Simulator.Sfu;
using Recording.TestInfrastructure;
using Wire = Recording.Protocol.Control;

namespace Recording.EndToEnd.Deployments;

/// <summary>Two gateways that dial one address, two silos and a processor, kept for all tests of a class, with one ledger for all SFUs of theirs.</summary>
public sealed class FailoverCluster : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>The processes.</summary>
    public Deployment Deployment { get; private set; } = null!;

    /// <summary>The address that both gateways dial; leads to the SFU of the test that runs.</summary>
    public TcpProxy Dialled { get; } = TcpProxy.Start(LoopbackPort.Free());

    /// <summary>What all SFUs sent.</summary>
    public LedgerWriter Ledger { get; private set; } = null!;

    /// <inheritdoc />
    public async Task InitializeAsync()
    {
        Deployment = await Deployment.StartClusterAsync(gateways: 2, ("RECORDING_SFU_HOST", $"127.0.0.1:{Dialled.Port}"));
        Ledger = LedgerWriter.Create(Deployment.FileFor("ledger.jsonl"));
    }

    /// <inheritdoc />
    public async Task DisposeAsync()
    {
        await Dialled.DisposeAsync();
        Ledger?.Dispose();
        if (Deployment is not null)
        {
            await Deployment.DisposeAsync();
        }
    }

    /// <summary>The gateway that holds an SFU.</summary>
    public ServiceProcess Holder(SimulatedSfu sfu) => Deployment.Gateways.Single(gateway => Holds(gateway, sfu));

    /// <summary>Whether a gateway holds an SFU.</summary>
    public bool Holds(ServiceProcess gateway, SimulatedSfu sfu) =>
        sfu.Recorder?.StartsWith($"gateway-{Deployment.Gateways.ToList().IndexOf(gateway) + 1}-", StringComparison.Ordinal) ?? false;

    /// <summary>The id of each room's one recording, in the order of the rooms.</summary>
    public static async Task<string[]> RecordingsOfAsync(ServiceProcess asked, params string[] rooms)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress(asked.GrpcAddress);
        var control = new RecordingControl.RecordingControlClient(channel);
        string[] ids = [];
        await Eventually.HoldsAsync("each room is listed with one recording", Patience, async () =>
        {
            try
            {
                ListRecordingsResponse response = await control.ListRecordingsAsync(new ListRecordingsRequest { PageSize = 500 });
                ids = [.. rooms.SelectMany(room => response.Recordings.Where(recording => recording.RoomId == room)).Select(static recording => recording.RecordingId)];
                return ids.Length >= rooms.Length;
            }
            catch (RpcException)
            {
                // A gateway that has just started finds its silos a moment later.
                return false;
            }
        });
        Assert.Equal(rooms.Length, ids.Length);
        return ids;
    }

    /// <summary>Waits until the recordings are complete; fails when rooms have others besides, or when what is stored is not what was sent.</summary>
    public async Task CompletedAsync(ServiceProcess asked, string[] recordings, params string[] rooms)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress(asked.GrpcAddress);
        var control = new RecordingControl.RecordingControlClient(channel);
        foreach (string id in recordings)
        {
            Wire.Recording? recording = null;
            try
            {
                await Eventually.HoldsAsync("the recording ends", Patience, async () =>
                {
                    recording = await control.GetRecordingAsync(new GetRecordingRequest { RecordingId = id });
                    return recording.Status is "completed" or "interrupted" or "failed";
                });
            }
            catch (TimeoutException exception)
            {
                throw new InvalidOperationException($"{id} is {recording}. The processes said:\n{Deployment.Logs()}", exception);
            }

            Assert.Equal("completed", recording!.Status);
        }

        Assert.Equal(recordings, await RecordingsOfAsync(asked, rooms));
        Ledger.Flush();
        await Deployment.VerifyAsync(Deployment.FileFor("ledger.jsonl"));
    }
}

using Recording.Simulator.Plans;
using Recording.Simulator.Sfu;

namespace Recording.EndToEnd.Chaos;

/// <summary>
/// A place for an SFU: one after another, each with rooms that last a while, so that at any moment some recordings run, some end and some begin.
/// </summary>
/// <param name="system">What records them.</param>
/// <param name="options">The run.</param>
/// <param name="number">From 0.</param>
/// <param name="gateways">Gateways to dial, in order; none = gateways dial it.</param>
/// <param name="ledger">Where it notes what it sends.</param>
internal sealed class SfuSlot(ChaosSystem system, ChaosOptions options, int number, IReadOnlyList<int> gateways, LedgerWriter ledger)
{
    private const int Rooms = 2;
    private const int TracksOfRoom = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(240);

    private SimulatedSfu? _current;

    /// <summary>Whether a gateway holds its SFU, or it has none now.</summary>
    public bool IsServed => Volatile.Read(ref _current) is not { } sfu || sfu.Recorder is not null;

    /// <summary>Completes when the first SFU is recorded.</summary>
    public TaskCompletionSource Recording { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the last SFU has sent everything.</summary>
    public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Runs SFUs until it is over; the last one stays until everything has ended.</summary>
    public async Task RunAsync(Task ended, CancellationToken over)
    {
        try
        {
            for (int turn = 1; !await RunOneAsync(turn, ended, () => over.IsCancellationRequested); turn++)
            {
            }
        }
        catch (Exception exception)
        {
            Recording.TrySetException(exception);
            Done.TrySetException(exception);
            throw;
        }
    }

    /// <returns>Whether it was the last one.</returns>
    private async Task<bool> RunOneAsync(int turn, Task ended, Func<bool> isOver)
    {
        var random = new Random(HashCode(options.Seed, number, turn));
        SimulationPlan plan = SimulationPlan.Create(
            new RoomShape
            {
                Rooms = Rooms,
                Peers = 2,
                Duration = options.ShortestRoom * (1 + random.NextDouble()),
                JoinInterval = TimeSpan.FromSeconds(random.Next(3)),
                SpeakerInterval = TimeSpan.FromSeconds(2),
                AutoRecord = true,
                RoomPrefix = $"seed{options.Seed}-sfu{number}-{turn}",
                Synthetic = new TrackMedia.Synthetic(200 + random.Next(800), 50),
            },
            seed: random.Next());
        var behaviour = new SimulatedSfuOptions { SfuId = $"sfu-{number}", Ledger = ledger, PlanOnly = options.PlanOnly, RingAge = TimeSpan.FromMinutes(10), RingBytes = 128 << 20 };
        await using SimulatedSfu sfu = gateways.Count > 0
            ? await SimulatedSfu.ConnectAsync(plan, [.. gateways.Select(gateway => new Uri($"http://127.0.0.1:{system.Links[gateway].Port}"))], behaviour)
            : await SimulatedSfu.StartServerAsync(plan, behaviour);
        if (gateways.Count == 0)
        {
            system.Dialled!.TargetPort = sfu.Address!.Port;
        }

        Volatile.Write(ref _current, sfu);
        try
        {
            await RecordedAsync(sfu);
        }
        catch (OperationCanceledException exception)
        {
            throw new TimeoutException($"SFU {number}, turn {turn}, is not done after {Patience.TotalSeconds:0} s: recorder {sfu.Recorder ?? "none"}, {sfu.Figures}", exception);
        }
        finally
        {
            Volatile.Write(ref _current, null);
        }

        if (!isOver())
        {
            return false;
        }

        // Nobody comes after it whose new session would tell that it is gone: only the grace would end what it was not asked for yet.
        Done.TrySetResult();
        await ended;
        return true;
    }

    private async Task RecordedAsync(SimulatedSfu sfu)
    {
        using var patience = new CancellationTokenSource(Patience);
        if (!Recording.Task.IsCompleted)
        {
            await sfu.WhenSubscribedAsync(Rooms * TracksOfRoom / 2, patience.Token);
            Recording.TrySetResult();
        }

        await sfu.WhenMediaSentAsync(patience.Token);
        await sfu.WhenClosedAsync(patience.Token);
        if (!options.PlanOnly && sfu.Figures.TracksEver > 0)
        {
            await sfu.WhenAcknowledgedAsync(patience.Token);
        }

        if (options.PlanOnly)
        {
            // Its queue and the proxy's hold packets that count as sent: ended now, they would be lost on the way.
            await sfu.WhenStoppedAsync(patience.Token);
        }
    }

    // The same in every process, unlike System.HashCode.
    private static int HashCode(int seed, int slot, int turn) => unchecked((seed * 7919 + slot) * 104_729 + turn);
}
